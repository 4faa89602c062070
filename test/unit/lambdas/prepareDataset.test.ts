import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DatasetManifest } from "../../../contracts/dataset.ts";
import { keys, type ReleaseRecord } from "../../../contracts/records.ts";
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
import { TINY_SUITE, tinyBuild, tinyCsv } from "../../support/sample.ts";

const environment = {
  RECORDS_TABLE: "t",
  POWERTOOLS_SERVICE_NAME: "p",
  ARTIFACT_BUCKET: "artifacts",
  DATA_BUCKET: "data",
  ...ATHENA_SETTINGS,
};
const event = (parameters: object = {}) => jobEvent({ dataUri: "standing", ...parameters });

function world(csv = tinyCsv(), suite: unknown = TINY_SUITE) {
  const records = new FakeRecords();
  const objects = new FakeObjects();
  const results = new FakeJobResults();
  objects.bodies.set("s3://artifacts/p/build.zip", tinyBuild(suite));
  objects.bodies.set("s3://data/raw/tiny/calls.csv", new TextEncoder().encode(csv));
  const handler = createHandler({
    environment,
    records,
    objects,
    dvcRemote: new FakeDvcRemote(objects),
    largeObjects: new FakeLargeObjects(objects),
    athena: noAthena,
    results,
    log: silentLog,
    now: () => new Date("2026-02-01T00:00:00Z"),
  });
  const failure = (): { code: string; message: string } => results.outcomes.at(-1) as never;
  const manifest = async (): Promise<DatasetManifest> => {
    const release = await records.load<ReleaseRecord>(keys.release("tiny", "rel-1"));
    return objects.json<DatasetManifest>(release?.manifestUri as string);
  };
  return { records, objects, results, handler, failure, manifest };
}

describe("prepareDataset", () => {
  it("splits by time: nothing of the future trains", async () => {
    const { handler, manifest } = world();

    await handler(event());

    const { splits } = await manifest();
    assert.ok(splits.train.to < splits.validation.from);
    assert.ok(splits.validation.to < splits.holdout.from);
    assert.equal(
      splits.train.features.rows + splits.validation.features.rows + splits.holdout.features.rows,
      500,
    );
  });

  it("keeps the holdout's labels where training cannot read", async () => {
    const { handler, manifest } = world();

    await handler(event());

    const { splits } = await manifest();
    assert.match(splits.holdout.labels.uri, /^s3:\/\/data\/judge\//);
    assert.match(splits.train.labels.uri, /^s3:\/\/data\/datasets\//);
  });

  it("gives the same data set id for the same bytes, and changes nothing the second time", async () => {
    const { handler, manifest, objects, records } = world();
    await handler(event());
    const first = await manifest();
    const before = new Map(objects.bodies);

    await handler(event());

    assert.equal((await manifest()).datasetId, first.datasetId);
    assert.deepEqual([...objects.bodies.keys()], [...before.keys()]);
    assert.deepEqual(
      [...records.items.keys()],
      ["RELEASE#tiny#rel-1|RELEASE", `DATASET#tiny|${first.datasetId}`],
    );
  });

  it("writes over nothing that is frozen, and adds what a run left out", async () => {
    const { handler, manifest, objects } = world();
    await handler(event());
    const { datasetId, splits } = await manifest();
    const frozen = [...objects.bodies].filter(([uri]) => uri.includes(`/${datasetId}/`));
    const changed = frozen.map(([uri]) => uri).filter((uri) => uri !== splits.train.labels.uri);
    for (const uri of changed) objects.bodies.set(uri, new TextEncoder().encode(`first ${uri}`));
    objects.bodies.delete(splits.train.labels.uri);

    await handler(event());

    for (const uri of changed) assert.equal(await objects.getText(uri), `first ${uri}`);
    assert.ok(objects.bodies.has(splits.train.labels.uri));
  });

  it("gives another id when one value changes", async () => {
    const one = world();
    const other = world(tinyCsv().replace("student", "admin."));
    await one.handler(event());
    await other.handler(event());

    assert.notEqual((await one.manifest()).datasetId, (await other.manifest()).datasetId);
  });

  it("stops on a broken expectation with counts and examples", async () => {
    const { handler, failure } = world(tinyCsv().replaceAll("student", "A1"));

    await handler(event());

    assert.equal(failure().code, "BadData");
    assert.match(
      failure().message,
      /column job: .*333 of 500 values \(66\.60 %\) are not, for example \["A1"\]/,
    );
  });

  it("never shows values of a sensitive column", async () => {
    const { handler, failure, objects } = world(tinyCsv().replaceAll(",57,", ",1957,"));

    await handler(event());

    assert.match(failure().message, /column age/);
    assert.doesNotMatch(failure().message, /1957/);
    const report = [...objects.bodies.keys()].find((uri) => uri.includes("/validation/")) as string;
    assert.doesNotMatch(new TextDecoder().decode(objects.bodies.get(report)), /1957/);
  });

  it("reports a failed warning and goes on", async () => {
    const { handler, results } = world();

    await handler(event());

    assert.match(JSON.stringify(results.outcomes), /1 warnings/);
  });

  it("refuses an unknown expectation by name, and lists what it knows", async () => {
    const { handler, failure } = world(tinyCsv(), {
      name: "x",
      expectations: [{ type: "expect_the_moon", kwargs: {} }],
    });

    await handler(event());

    assert.equal(failure().code, "InvalidInput");
    assert.match(
      failure().message,
      /expectations\[0\]\.type: expected a supported expectation, got "expect_the_moon"; supported: .*expect_column_values_to_be_between/,
    );
  });

  it("names file and line of an unreadable CSV", async () => {
    const { handler, failure } = world(`${tinyCsv(10)}2026-01-09,1,2,3,4,5\n`);

    await handler(event());

    assert.equal(failure().code, "BadData");
    assert.match(failure().message, /s3:\/\/data\/raw\/tiny\/calls\.csv: unreadable CSV: .*line 12/);
  });

  it("names every missing column at once", async () => {
    const { handler, failure } = world(tinyCsv().replace("day,age,job,y", "date,age,work,y"), {
      name: "x",
      expectations: [],
    });

    await handler(event());

    assert.match(failure().message, /expected the columns "day", "job"/);
  });

  it("refuses data outside the data bucket", async () => {
    const { handler, failure } = world();

    await handler(event({ dataUri: "s3://elsewhere/raw/" }));

    assert.match(failure().message, /expected a prefix in s3:\/\/data\//);
  });

  it("says so when the data are too few to split", async () => {
    const { handler, failure } = world("day,age,job,y\n2026-01-01,30,student,no\n2026-01-01,31,student,no\n");

    await handler(event());

    assert.equal(failure().code, "InsufficientData");
  });
});
