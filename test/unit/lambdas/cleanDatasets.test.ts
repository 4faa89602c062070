import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type DatasetRecord, keys } from "../../../contracts/records.ts";
import { createHandler } from "../../../lambdas/cleanDatasets/handler.ts";
import { claimDataset } from "../../../lambdas/prepareDataset/claim.ts";
import { FakeObjects, FakeRecords, silentLog } from "../../support/fakes.ts";

const NOW = new Date("2026-06-01T00:00:00Z");
const now = (): Date => NOW;

/** Eight datasets, `ds-0` the newest, ten days apart; each with a file on either side of the judge's border. */
function world() {
  const records = new FakeRecords();
  const objects = new FakeObjects();
  for (let i = 0; i < 8; i++) {
    const datasetId = `ds-${i}`;
    const lastUsedAt = new Date(NOW.getTime() - i * 10 * 24 * 3_600_000).toISOString();
    const record = {
      modelName: "tiny",
      datasetId,
      parents: [],
      lastUsedAt,
      state: "kept",
      deletingSince: null,
    };
    records.put(keys.dataset("tiny", datasetId), record);
    for (const file of [
      "datasets/tiny/ID/manifest.json",
      "datasets/tiny/ID/train/features.csv",
      "judge/tiny/ID/labels.csv",
    ])
      objects.bodies.set(`s3://data/${file.replace("ID", datasetId)}`, new Uint8Array([1]));
  }
  objects.bodies.set("s3://data/raw/tiny/calls.csv", new Uint8Array([1]));
  const release = (releaseId: string, datasetId: string): void =>
    records.put(keys.release("tiny", releaseId), { releaseId, modelName: "tiny", datasetId });
  const environment = { RECORDS_TABLE: "t", POWERTOOLS_SERVICE_NAME: "p", DATA_BUCKET: "data" };
  const handler = createHandler({ environment, records, objects, log: silentLog, now });
  const sweep = () => handler({ models: ["tiny"] });
  const filesOf = (datasetId: string): number =>
    [...objects.bodies.keys()].filter((uri) => uri.includes(`/${datasetId}/`)).length;
  const recordOf = (datasetId: string) => records.load<DatasetRecord>(keys.dataset("tiny", datasetId));
  return { records, objects, release, sweep, filesOf, recordOf };
}

describe("cleanDatasets", () => {
  it("deletes what nobody refers to, both halves of it, and nothing else", async () => {
    const { sweep, filesOf, recordOf, objects } = world();

    assert.deepEqual(await sweep(), { deleted: ["ds-7", "ds-6", "ds-5"] });

    assert.deepEqual(
      [filesOf("ds-7"), filesOf("ds-4"), objects.bodies.has("s3://data/raw/tiny/calls.csv")],
      [0, 3, true],
    );
    assert.equal((await recordOf("ds-7"))?.state, "deleted");
    assert.deepEqual(await sweep(), { deleted: [] });
  });

  it("keeps what serves, what can be gone back to, what is being rolled out or retrained, and what lineage names", async () => {
    const { records, release, sweep } = world();
    for (const i of [5, 6, 7]) release(`rel-${i}`, `ds-${i}`);
    records.put(keys.live("staging", "tiny"), {
      live: { releaseId: "rel-5" },
      previous: { releaseId: "rel-6" },
    });
    records.put(keys.rollout("prod", "tiny"), { releaseId: "rel-7" });
    assert.deepEqual(await sweep(), { deleted: [] });

    const other = world();
    other.release("rel-6", "ds-6");
    other.release("rel-7", "ds-7");
    other.records.put(keys.lineage("tiny", "2026-01-01T00:00:00Z", "prod"), {
      release: { datasetId: "ds-5" },
      deployed: { releaseId: "gone" },
      replaced: { releaseId: "rel-6" },
    });
    other.records.put(keys.retraining("tiny"), { running: { pipelineExecutionId: "rel-7" } });
    assert.deepEqual(await other.sweep(), { deleted: [] });
  });

  it("a dataset that comes into service between the decision and the deletion survives", async () => {
    const { records, release, sweep, filesOf, recordOf } = world();
    release("rel-6", "ds-6");
    const save = records.save.bind(records);
    records.save = async (key, item) => {
      const saved = await save(key, item);
      // The rollout ends just after the clean-up has marked the dataset.
      if (key.sk === "ds-6" && (item as unknown as DatasetRecord).state === "deleting")
        records.put(keys.live("prod", "tiny"), { live: { releaseId: "rel-6" }, previous: null });
      return saved;
    };

    assert.deepEqual(await sweep(), { deleted: ["ds-7", "ds-5"] });

    assert.equal(filesOf("ds-6"), 3);
    assert.equal((await recordOf("ds-6"))?.state, "kept");
  });

  it("a release that freezes the same bytes at the same time wins over the clean-up", async () => {
    const { records, sweep, filesOf } = world();
    const save = records.save.bind(records);
    let isClaimed = false;
    records.save = async (key, item) => {
      if (key.sk === "ds-7" && !isClaimed) {
        isClaimed = true;
        await claimDataset({ records, now }, "tiny", "ds-7", []);
      }
      return save(key, item);
    };

    assert.deepEqual(await sweep(), { deleted: ["ds-6", "ds-5"] });
    assert.equal(filesOf("ds-7"), 3);
  });

  it("a release meets the mark of a deletion under way and says when to come back; an old mark does not stop it", async () => {
    const { records, recordOf } = world();
    const marked = async (minutes: number): Promise<void> =>
      records.put(keys.dataset("tiny", "ds-7"), {
        ...(await recordOf("ds-7")),
        state: "deleting",
        deletingSince: new Date(NOW.getTime() - minutes * 60_000).toISOString(),
      });
    await marked(1);
    await assert.rejects(
      claimDataset({ records, now }, "tiny", "ds-7", []),
      /ds-7: expected it to be free, .* quarter of an hour/,
    );

    await marked(16);
    await claimDataset({ records, now }, "tiny", "ds-7", []);
    assert.equal((await recordOf("ds-7"))?.state, "kept");
  });

  it("a deletion that died half way is taken up by a later sweep", async () => {
    const { records, objects, sweep, filesOf } = world();
    const remove = objects.remove.bind(objects);
    objects.remove = async () => {
      throw new Error("the Lambda died");
    };
    await assert.rejects(sweep());
    objects.remove = remove;
    const record = await records.load<DatasetRecord>(keys.dataset("tiny", "ds-7"));
    assert.equal(record?.state, "deleting");
    records.put(keys.dataset("tiny", "ds-7"), { ...record, deletingSince: "2026-05-31T00:00:00Z" });

    await sweep();

    assert.equal(filesOf("ds-7"), 0);
  });
});
