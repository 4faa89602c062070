import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Command } from "commander";
import * as expectations from "../../../cli/commands/expectations.ts";
import { csvOf, folder, run, write } from "../../support/commands.ts";

const csv = (name: string, seed: number, shift = 0): string => write(name, csvOf(400, seed, shift));

test("a suggested suite is one that validate takes: the next sample passes, another source does not", async () => {
  const suite = join(folder, "suite.json");
  const status = async (...args: string[]): Promise<number> => (await run(...args)).status;

  assert.equal(
    await status("expectations", "suggest", "--data", csv("a.csv", 1), "--format", "json", "--out", suite),
    0,
  );
  assert.equal(await status("validate", "--suite", suite, "--data", csv("b.csv", 2)), 0);
  assert.equal(await status("validate", "--suite", suite, "--data", csv("c.csv", 3, 9)), 3);
});

test("as text each expectation says what its bound rests on", async () => {
  const { out } = await run("expectations", "suggest", "--data", csv("d.csv", 4), "--name", "mine");

  assert.match(out, /expectations for mine/);
  assert.match(out, /critical {2}kind expect_column_values_to_be_in_set .*\n.*Good and Turing/);
});

test("a risk that is none is refused", async () => {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  expectations.register(program);

  await assert.rejects(
    program.parseAsync(["expectations", "suggest", "--data", "x.csv", "--risk", "2"], { from: "user" }),
    /Expected a number above 0, up to 1/,
  );
});
