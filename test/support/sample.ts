/** A small valid model and its data, for tests. */
import { zipSync } from "fflate";
import type { DvcSettings, DvcSource } from "../../contracts/dvc.ts";
import { type ModelSpec, parseModelSpec } from "../../contracts/modelSpec.ts";

export const MODEL_YAML = {
  name: "tiny",
  description: "a model for tests",
  task: "binary-classification",
  label: { column: "y", positive: "yes" },
  time: { column: "day" },
  features: [
    { name: "age", type: "numeric", sensitive: true },
    { name: "job", type: "categorical" },
  ],
  data: { splits: { train: 0.6, validation: 0.2, holdout: 0.2 } },
  training: { entryPoint: "train.py", instanceType: "ml.m5.large", maxRuntime: "10 minutes" },
  serving: { entryPoint: "inference.py", instanceType: "ml.m5.large" },
  evaluation: { metric: "rocAuc", margin: 0.02, limits: { rocAuc: 0.6 } },
  rollout: {
    staging: {
      instances: 1,
      step: { strategy: "allAtOnce", bake: "1 minute" },
      alarms: { errorRate: "1 %", latencyP90: "500 ms" },
      withoutTraffic: "allow",
    },
    prod: {
      instances: 2,
      step: { strategy: "canary", size: "50 %", bake: "10 minutes", finalBake: "5 minutes" },
      alarms: { errorRate: "1 %", latencyP90: "500 ms" },
    },
  },
  monitoring: {
    window: "15 minutes",
    watermark: "5 minutes",
    capture: "100 %",
    drift: { minimumRows: 100, maximumWindows: 8, k: 1, n: 2 },
    quality: { metric: "rocAuc", labelDelay: "1 hour", rows: 100, coverage: "90 %", tolerance: 0.05 },
  },
  retraining: {
    cooldown: "24 hours",
    weeklyBudget: 3,
    minimumLabels: 100,
    rows: 1000,
    giveUpAfter: 2,
    rollBackWithin: "3 hours",
  },
};

export function tinySpec(): ModelSpec {
  const parsed = parseModelSpec(MODEL_YAML);
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.spec;
}

/** Rows of ten days; older people say yes more often. */
export function tinyCsv(rows = 500): string {
  const lines = Array.from({ length: rows }, (_, index) => {
    const day = `2026-01-${String(1 + Math.floor((index * 10) / rows)).padStart(2, "0")}`;
    const age = 20 + ((index * 37) % 60);
    return `${day},${age},${index % 3 === 0 ? "admin." : "student"},${(index * 7919) % 100 < age ? "yes" : "no"}`;
  });
  return `day,age,job,y\n${lines.join("\n")}\n`;
}

export const TINY_SUITE = {
  name: "tiny",
  expectations: [
    { type: "expect_column_values_to_not_be_null", kwargs: { column: "age" } },
    { type: "expect_column_values_to_be_between", kwargs: { column: "age", min_value: 18, max_value: 110 } },
    {
      type: "expect_column_values_to_be_in_set",
      kwargs: { column: "job", value_set: ["admin.", "student"] },
    },
    {
      type: "expect_column_mean_to_be_between",
      kwargs: { column: "age", min_value: 0, max_value: 10 },
      severity: "warning",
    },
  ],
};

/** What Build hands on; with `dvc`, for a model whose data DVC keeps. */
export function tinyBuild(
  suite: unknown = TINY_SUITE,
  dvc: { settings: DvcSettings; source: DvcSource } | null = null,
): Uint8Array {
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  const tiny = tinySpec();
  const spec = dvc ? { ...tiny, data: { ...tiny.data, dvc: dvc.settings } } : tiny;
  return zipSync({
    "spec.json": text(JSON.stringify(spec)),
    "dvc.json": text(JSON.stringify(dvc?.source ?? null)),
    "expectations.json": text(JSON.stringify(suite)),
    "golden.jsonl": text('{"body":"30,admin."}\n'),
    "sourcedir.tar.gz": text("not really a tar, but the same bytes each time"),
  });
}
