import assert from "node:assert/strict";
import { test } from "node:test";
import { zipSync } from "fflate";
import type { DatasetManifest } from "../../../contracts/dataset.ts";
import { parseModelSpec } from "../../../contracts/modelSpec.ts";
import { keys, type LiveRecord, type ReleaseRecord } from "../../../contracts/records.ts";
import { createHandler } from "../../../lambdas/prepareDataset/handler.ts";
import {
  ATHENA_SETTINGS,
  FakeDvcRemote,
  FakeJobResults,
  FakeLargeObjects,
  FakeObjects,
  FakeRecords,
  noAthena,
  silentLog,
} from "../../support/fakes.ts";
import { jobEvent } from "../../support/jobs.ts";
import { MODEL_YAML, tinyCsv } from "../../support/sample.ts";

function build(accept: readonly string[] = []): Uint8Array {
  const parsed = parseModelSpec({ ...MODEL_YAML, data: { ...MODEL_YAML.data, accept } });
  assert.ok("spec" in parsed, JSON.stringify(parsed));
  const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
  return zipSync({
    "spec.json": bytes(parsed.spec),
    "expectations.json": bytes({ name: "none", expectations: [] }),
    "golden.jsonl": bytes({ body: "30,admin." }),
    "dvc.json": bytes(null),
    "sourcedir.tar.gz": bytes("no tar, but the same bytes each time"),
  });
}

/** A model in service made from `tinyCsv()`, and then another delivery. */
async function world() {
  const records = new FakeRecords();
  const objects = new FakeObjects();
  const results = new FakeJobResults();
  const handler = createHandler({
    environment: {
      RECORDS_TABLE: "t",
      POWERTOOLS_SERVICE_NAME: "p",
      ARTIFACT_BUCKET: "artifacts",
      DATA_BUCKET: "data",
      ...ATHENA_SETTINGS,
    },
    records,
    objects,
    results,
    dvcRemote: new FakeDvcRemote(objects),
    largeObjects: new FakeLargeObjects(objects),
    athena: noAthena,
    log: silentLog,
    now: () => new Date("2026-02-01T00:00:00Z"),
  });
  const release = async (
    releaseId: string,
    csv: string,
    parameters: object = {},
    accept: readonly string[] = [],
  ) => {
    objects.bodies.set("s3://artifacts/p/build.zip", build(accept));
    objects.bodies.set("s3://data/raw/tiny/calls.csv", new TextEncoder().encode(csv));
    objects.bodies.set("s3://data/raw/tiny-retraining/q1/data.csv", new TextEncoder().encode(csv));
    await handler(jobEvent({ releaseId, dataUri: "standing", cause: "commit", ...parameters }));
    return results.outcomes.at(-1) as { code?: string; message?: string; summary?: string };
  };
  await release("rel-1", tinyCsv());
  await records.save<LiveRecord>(keys.live("prod", "tiny"), {
    version: 0,
    endpointName: "e",
    live: {
      releaseId: "rel-1",
      endpointConfigName: "c",
      sagemakerModelName: "m",
      modelPackageArn: null,
      deployedAt: "2026-02-01T00:00:00Z",
      captureUri: "s3://c/",
    },
    previous: null,
  });
  return { records, objects, release };
}

/** Two of five ages gone. With so few columns, rows that lack one are often alike: a warning of its own. */
const withoutAges = (csv: string): string =>
  csv
    .split("\n")
    .map((line, i) => (i % 5 < 2 ? line.replace(/^(2026[^,]*),\d+,/, "$1,,") : line))
    .join("\n");

test("the same data again pass, and their summary lies where no role of the model reads", async () => {
  const { release, records } = await world();

  const outcome = await release("rel-2", tinyCsv());

  const record = await records.load<ReleaseRecord>(keys.release("tiny", "rel-2"));
  assert.equal(outcome.code, undefined, outcome.message);
  assert.match(record?.datasetSummaryUri ?? "", /^s3:\/\/data\/judge\/tiny\/ds-[0-9a-f]{20}\/summary\.json$/);
});

test("a column that is no longer filled stops the Data stage with its numbers and the way out", async () => {
  const { release, records } = await world();

  const outcome = await release("rel-2", withoutAges(tinyCsv()));

  assert.equal(outcome.code, "BadData");
  assert.match(
    outcome.message ?? "",
    /^1 of \d+ comparisons .* MoreMissing: column "age": expected about 0 % missing, got 40 %.*data\.accept of model\.yaml.*-consistency\.json/,
  );
  assert.equal((await records.load<ReleaseRecord>(keys.release("tiny", "rel-2")))?.datasetId, undefined);
});

test("what model.yaml accepts is a warning in the manifest and in the summary", async () => {
  const { release, records, objects } = await world();

  const outcome = await release("rel-2", withoutAges(tinyCsv()), {}, ["MoreMissing:age"]);

  const record = await records.load<ReleaseRecord>(keys.release("tiny", "rel-2"));
  const { validation } = objects.json<DatasetManifest>(record?.manifestUri as string);
  assert.match(JSON.stringify(outcome), /2 warnings \(Duplicates, MoreMissing\)/);
  assert.equal(validation.consistency?.warnings, 2);
  const result = objects.json<{ findings: { code: string }[] }>(validation.consistency?.uri as string);
  assert.deepEqual(
    result.findings.map((f) => f.code),
    ["Duplicates", "MoreMissing"],
  );
});

test("a retraining on a window of the newest rows passes, also one that has grown by captures", async () => {
  const { release } = await world();
  const retraining = { dataUri: "s3://data/raw/tiny-retraining/q1/", cause: "drift", requestId: "q1" };
  const [header, ...rows] = tinyCsv().trim().split("\n");
  const captured = rows.map((row) => row.replace(/^2026-01-(\d\d)/, "2026-02-$1T12:00:00.000Z"));

  for (const [id, kept] of [
    ["rel-2", rows.slice(-250)],
    ["rel-3", [...rows, ...captured]],
    ["rel-4", [...rows, ...captured].slice(-600)],
  ] as const) {
    const outcome = await release(id, `${[header, ...kept].join("\n")}\n`, retraining);

    assert.equal(outcome.code, undefined, outcome.message);
    assert.doesNotMatch(JSON.stringify(outcome), /warnings/);
  }
});

test("a commit on a tenth of the data stops, a model without a summary has nothing to compare with", async () => {
  const { release, records } = await world();
  const few = `${tinyCsv()
    .split("\n")
    .filter((_, i) => i === 0 || i % 12 === 0)
    .join("\n")}\n`;

  assert.match((await release("rel-2", few)).message ?? "", /FewerRows: rows: expected about 500, got 41/);
  const key = keys.release("tiny", "rel-1");
  const { datasetSummaryUri: _, ...old } = (await records.load<ReleaseRecord>(key)) as ReleaseRecord;
  await records.save(key, old);
  assert.equal((await release("rel-3", few)).code, undefined);
});

test("a code that does not exist is refused in model.yaml by path", () => {
  const parsed = parseModelSpec({ ...MODEL_YAML, data: { ...MODEL_YAML.data, accept: ["MoreMising:age"] } });

  assert.ok("problems" in parsed);
  assert.equal(parsed.problems[0]?.path, "data.accept.0");
  assert.match(parsed.problems[0]?.message ?? "", /expected one of ColumnAdded, /);
});
