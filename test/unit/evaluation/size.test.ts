/** What the decision core takes in a bundle: Lambdas load it whole. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { minified } from "../../../bench/minified.ts";

test("statistics, drift, evaluation with comparisons of many rows, and judges take 120 KB at most, minified", async () => {
  const parts = ["statistics", "drift", "evaluation", "rollout/judge"];
  const code = await minified(
    parts.map((part, i) => `export * as m${i} from "./core/${part}/index.ts";`).join("\n"),
  );
  const taken = code.length / 1024;
  assert.ok(taken <= 120, `${taken} KB`);
});
