import assert from "node:assert/strict";
import { test } from "node:test";
import type { DatasetManifest } from "../../../contracts/dataset.ts";
import { type ModelSpec, parseModelSpec } from "../../../contracts/modelSpec.ts";
import { freeze, selectRows } from "../../../lambdas/prepareDataset/freeze.ts";
import { parseTable } from "../../../lambdas/shared/table.ts";
import { FakeObjects } from "../../support/fakes.ts";
import { MODEL_YAML } from "../../support/sample.ts";

function specOf(by: "group" | "timeAndGroup"): ModelSpec {
  const splits = { ...MODEL_YAML.data.splits, by, column: "job" };
  const parsed = parseModelSpec({ ...MODEL_YAML, data: { splits } });
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.spec;
}

/** 600 rows of 20 days; a job is served on some days in a row, and the last ones come back. */
const LINES = Array.from({ length: 600 }, (_, i) => {
  const day = Math.floor(i / 30);
  const job = i % 50 === 0 ? "returning" : `job-${day}-${i % 6}`;
  return `2026-01-${String(1 + day).padStart(2, "0")},${20 + ((i * 37) % 60)},${job},${i % 3 === 0 ? "yes" : "no"}`;
});

async function frozen(spec: ModelSpec, lines: readonly string[]) {
  const objects = new FakeObjects();
  const table = parseTable("data.csv", new TextEncoder().encode(`day,age,job,y\n${lines.join("\n")}\n`));
  const manifest = await freeze(
    spec,
    selectRows(spec, table),
    { dataPrefix: "s3://data/datasets/tiny", judgePrefix: "s3://data/judge/tiny" },
    {
      createdAt: "2026-02-01T00:00:00Z",
      cause: "commit",
      parents: [],
      claim: async () => {},
      validation: { uri: "s3://data/v.json", success: true, evaluated: 1, failed: 0, warnings: 0 },
      share: undefined,
      profile: () => "{}",
    },
    objects,
  );
  const jobs = async (part: keyof DatasetManifest["splits"]): Promise<Set<string>> => {
    const text = await objects.getText(manifest.splits[part].features.uri);
    const rows = text
      .trim()
      .split("\n")
      .slice(part === "holdout" ? 0 : 1);
    return new Set(rows.map((row) => row.split(",")[1] as string));
  };
  return { manifest, objects, jobs };
}

for (const by of ["group", "timeAndGroup"] as const) {
  test(`${by}: the files of a dataset share no group, and the manifest counts groups and what was left out`, async () => {
    const { manifest, jobs } = await frozen(specOf(by), LINES);
    const [train, validation, holdout] = [
      await jobs("train"),
      await jobs("validation"),
      await jobs("holdout"),
    ];

    assert.equal(
      new Set([...train, ...validation, ...holdout]).size,
      train.size + validation.size + holdout.size,
    );
    const rule = manifest.splitRule;
    assert.deepEqual(rule?.groups, { train: train.size, validation: validation.size, holdout: holdout.size });
    const inParts = Object.values(manifest.splits).reduce((sum, part) => sum + part.features.rows, 0);
    assert.equal(inParts + (rule?.purgedRows ?? 0), 600);
    assert.equal((rule?.purgedRows ?? 0) > 0, by === "timeAndGroup");
    assert.deepEqual(manifest.timeRange, { from: "2026-01-01", to: "2026-01-20" });
  });

  test(`${by}: the order of the raw rows does not matter to the dataset`, async () => {
    const first = await frozen(specOf(by), LINES);
    const second = await frozen(specOf(by), LINES.toReversed());

    assert.equal(second.manifest.datasetId, first.manifest.datasetId);
    assert.deepEqual([...second.objects.bodies], [...first.objects.bodies]);
  });
}

test("rows left out of every part stay in the history of the next retraining", async () => {
  const { manifest, objects } = await frozen(specOf("timeAndGroup"), LINES);

  const history = await objects.getText(`s3://data/judge/tiny/${manifest.datasetId}/table.csv`);

  assert.deepEqual(history.trim().split("\n").slice(1).sort(), [...LINES].sort());
});

test("the split rule is part of the dataset's identity", async () => {
  const [a, b] = [await frozen(specOf("group"), LINES), await frozen(specOf("timeAndGroup"), LINES)];

  assert.notEqual(a.manifest.datasetId, b.manifest.datasetId);
});
