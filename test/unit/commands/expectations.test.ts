import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Command } from "commander";
import * as expectations from "../../../cli/commands/expectations.ts";
import * as validate from "../../../cli/commands/validate.ts";
import { SeededRandom } from "../../../core/statistics/index.ts";

const folder = mkdtempSync(join(tmpdir(), "expectations-"));
after(() => rmSync(folder, { recursive: true }));

async function run(...args: string[]): Promise<number> {
  const program = new Command().exitOverride();
  expectations.register(program);
  validate.register(program);
  await program.parseAsync(args, { from: "user" });
  const status = Number(process.exitCode ?? 0);
  process.exitCode = 0;
  return status;
}

function csv(name: string, seed: number, shift = 0): string {
  const random = new SeededRandom(seed);
  const rows = Array.from(
    { length: 400 },
    () => `${(random.normal() + shift).toFixed(3)},${["a", "b"][random.integer(2)]}`,
  );
  const path = join(folder, name);
  writeFileSync(path, `x,kind\n${rows.join("\n")}\n`);
  return path;
}

test("a suggested suite is one that validate takes: the next sample passes, another source does not", async () => {
  const suite = join(folder, "suite.json");
  const out = join(folder, "result.txt");

  assert.equal(
    await run("expectations", "suggest", "--data", csv("a.csv", 1), "--format", "json", "--out", suite),
    0,
  );
  assert.equal(await run("validate", "--suite", suite, "--data", csv("b.csv", 2), "--out", out), 0);
  assert.equal(await run("validate", "--suite", suite, "--data", csv("c.csv", 3, 9), "--out", out), 3);
});

test("as text each expectation says what its bound rests on", async () => {
  const out = join(folder, "suite.txt");

  await run("expectations", "suggest", "--data", csv("d.csv", 4), "--name", "mine", "--out", out);

  const text = readFileSync(out, "utf8");
  assert.match(text, /expectations for mine/);
  assert.match(text, /critical {2}kind expect_column_values_to_be_in_set .*\n.*Good and Turing/);
});

test("a risk that is none is refused", async () => {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  expectations.register(program);

  await assert.rejects(
    program.parseAsync(["expectations", "suggest", "--data", "x.csv", "--risk", "2"], { from: "user" }),
    /Expected a number above 0, up to 1/,
  );
});
