/** What the decision core takes in a bundle: Lambdas load it whole. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { minified } from "../../../bench/minified.ts";

async function bytesOf(...parts: readonly string[]): Promise<number> {
  const lines = parts.map((part, i) => `export * as m${i} from "./core/${part}/index.ts";`);
  return (await minified(lines.join("\n"))).length;
}

const CORE = ["statistics", "drift", "evaluation", "rollout/judge"];

test("statistics, drift, evaluation and judges take 120 KB at most, minified", async () => {
  const taken = await bytesOf(...CORE);
  assert.ok(taken <= 120_000, `${taken} bytes`);
});

// The command alone compares rows one by one, past what memory holds.
test("with comparisons of many rows they take 120 KB of 1,024 bytes, as esbuild counts them", async () => {
  const taken = await bytesOf(...CORE, "evaluation/paired");
  assert.ok(taken <= 120 * 1024, `${taken} bytes`);
});
