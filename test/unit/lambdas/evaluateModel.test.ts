import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keys } from "../../../contracts/records.ts";
import { createHandler } from "../../../lambdas/evaluateModel/handler.ts";
import { FakeObjects, FakeRecords, silentLog } from "../../support/fakes.ts";
import { deployedModel } from "../../support/rollout.ts";
import { tinySpec } from "../../support/sample.ts";

const common = { RECORDS_TABLE: "t", POWERTOOLS_SERVICE_NAME: "p" };
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe("evaluateModel", () => {
  const labels = Array.from({ length: 400 }, (_, index) => (index % 4 === 0 ? 1 : 0));
  const scores = (skill: number): string =>
    `${labels.map((label, index) => (0.4 + 0.2 * skill * (label - 0.25) + ((index * 7919) % 100) / 500).toFixed(4)).join("\n")}\n`;

  function world(challenger: string, champion?: string) {
    const records = new FakeRecords();
    const objects = new FakeObjects();
    objects.bodies.set("s3://a/spec.json", text(JSON.stringify(tinySpec())));
    objects.bodies.set(
      "s3://d/manifest.json",
      text(JSON.stringify({ splits: { holdout: { labels: { uri: "s3://d/judge/labels.csv" } } } })),
    );
    objects.bodies.set("s3://d/judge/labels.csv", text(`${labels.join("\n")}\n`));
    objects.bodies.set("s3://artifacts/predictions/job-challenger/features.csv.out", text(challenger));
    if (champion) {
      objects.bodies.set("s3://artifacts/predictions/job-champion/features.csv.out", text(champion));
      records.put(keys.live("prod", "tiny"), {
        endpointName: "tiny-prod",
        live: deployedModel("old"),
        previous: null,
      });
    }
    records.put(keys.release("tiny", "rel-2"), {
      releaseId: "rel-2",
      modelName: "tiny",
      specUri: "s3://a/spec.json",
      manifestUri: "s3://d/manifest.json",
      trainingJobName: "job",
    });
    const handler = createHandler({
      environment: { ...common, ARTIFACT_BUCKET: "artifacts" },
      records,
      objects,
      log: silentLog,
    });
    return { records, handler };
  }
  const event = { releaseId: "rel-2", modelName: "tiny", execution: "e" };

  it("passes a first model on its limits alone", async () => {
    assert.equal((await world(scores(1)).handler(event)).verdict, "pass");
  });
  it("fails a model below its limits, and says by how much", async () => {
    const answer = await world(scores(0)).handler(event);
    assert.equal(answer.verdict, "fail");
    assert.match(answer.reason, /rocAuc is 0\.\d{4}, at least 0\.6 is required/);
  });
  it("fails a candidate that is worse than the champion, though it reaches the limits", async () => {
    const answer = await world(scores(0.3), scores(2)).handler(event);
    assert.equal(answer.verdict, "fail");
    assert.match(answer.reason, /worse than the champion/);
  });
  it("passes the same model again: it is not worse than itself", async () => {
    assert.equal((await world(scores(1), scores(1)).handler(event)).verdict, "pass");
  });
  it("refuses predictions that do not match the holdout row by row", async () => {
    await assert.rejects(
      world("0.5\n0.5\n").handler(event),
      /expected one number for each of 400 holdout rows, got 2/,
    );
  });
});
