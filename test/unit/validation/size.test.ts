/** What validation takes in a bundle: a Lambda and a browser load it whole. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { minified } from "../../../bench/minified.ts";

async function kilobytesOf(...entries: readonly string[]): Promise<number> {
  const code = await minified(
    entries.map((entry) => `export * from "./core/validation/${entry}";`).join("\n"),
  );
  return code.length / 1024;
}

test("the streaming engine, suggestions and consistency take 90 KB at most, minified", async () => {
  const taken = await kilobytesOf("index.ts");
  assert.ok(taken <= 90, `${taken} KB`);
});

// The goal is 90 KB for this too (docs/status.md); until then it does not grow unseen.
test("with the SQL engine they take 113.4 KB at most", async () => {
  const taken = await kilobytesOf("index.ts", "sql/index.ts");
  assert.ok(taken <= 113.4, `${taken} KB`);
});
