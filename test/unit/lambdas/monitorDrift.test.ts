import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DriftWindow, QualityHour } from "../../../contracts/monitoring.ts";
import { keys } from "../../../contracts/records.ts";
import { createHandler } from "../../../lambdas/monitorDrift/handler.ts";
import { buildProfile } from "../../../lambdas/prepareDataset/profile.ts";
import { FakeObjects, FakeRecords, silentLog } from "../../support/fakes.ts";
import { tinySpec } from "../../support/sample.ts";

const minute = 60_000;
const start = Date.UTC(2026, 1, 2, 10);
const bytes = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
const ages =
  (from: number): ((index: number) => number) =>
  (index) =>
    from + ((index * 37) % 40);

interface Served {
  /** Requests in each of the windows of the hour. */
  readonly perWindow: readonly number[];
  readonly age: (index: number) => number;
  readonly score?: (index: number) => number;
}

let worlds = 0;

/** A model trained on ages 20 to 59, in service since the full hour, with the given requests. */
function world({ perWindow, age, score = () => 0.5 }: Served) {
  // Warm Lambdas keep capture files by their address: each world has its own.
  worlds += 1;
  const configName = `config-${worlds}`;
  const records = new FakeRecords();
  const objects = new FakeObjects();
  const spec = tinySpec();
  const trained = Array.from({ length: 600 }, (_, index) => [
    String(ages(20)(index)),
    index % 3 === 0 ? "admin." : "student",
  ]);
  const deployed = {
    releaseId: "rel-1",
    endpointConfigName: configName,
    sagemakerModelName: configName,
    modelPackageArn: null,
    deployedAt: new Date(start).toISOString(),
    captureUri: `s3://captures/captures/tiny/${configName}`,
  };
  const release = {
    releaseId: "rel-1",
    modelName: "tiny",
    specUri: "s3://a/s.json",
    manifestUri: "s3://d/m.json",
    datasetId: "ds-1",
    evaluation: { metrics: { rocAuc: { value: 0.9, low: 0.85, high: 0.95 } } },
  };
  objects.bodies.set("s3://a/s.json", bytes(spec));
  objects.bodies.set("s3://d/m.json", bytes({ profileUri: "s3://d/p.json" }));
  objects.bodies.set(
    "s3://d/p.json",
    bytes(
      buildProfile(
        spec,
        trained,
        trained.map(() => "2026-01-01"),
      ),
    ),
  );
  records.put(keys.live("prod", "tiny"), { endpointName: "tiny-prod", live: deployed, previous: null });
  records.put(keys.release("tiny", "rel-1"), release);
  records.put(keys.lineage("tiny", deployed.deployedAt, "prod"), {
    environment: "prod",
    deployedAt: deployed.deployedAt,
    deployed,
    rollout: { startedAt: deployed.deployedAt },
    release,
  });
  let index = 0;
  for (const [window, count] of perWindow.entries()) {
    const lines = Array.from({ length: count }, () => {
      const i = index++;
      return JSON.stringify({
        captureData: {
          endpointInput: { data: `${age(i)},${i % 3 === 0 ? "admin." : "student"}\n`, encoding: "CSV" },
          endpointOutput: { data: `${score(i)}\n`, encoding: "CSV" },
        },
        eventMetadata: {
          eventId: `e${i}`,
          inferenceId: `i${i}`,
          inferenceTime: new Date(start + window * 15 * minute + (i % 600) * 1000).toISOString(),
        },
        eventVersion: "0",
      });
    });
    objects.bodies.set(
      `${deployed.captureUri}/tiny-prod/primary/2026/02/02/10/${window}.jsonl`,
      bytes(lines.join("\n")),
    );
  }
  const labels = (count: number, value: (i: number) => string): void => {
    const list = Array.from({ length: count }, (_, i) => ({ id: `i${i}`, value: value(i) }));
    objects.bodies.set("s3://captures/labels-accepted/tiny/2026/02/02/10/l.json", bytes(list));
  };
  const metrics: Record<string, number>[] = [];
  const at = (minutes: number) =>
    createHandler({
      environment: {
        RECORDS_TABLE: "t",
        POWERTOOLS_SERVICE_NAME: "p",
        ENVIRONMENT_NAME: "prod",
        CAPTURE_BUCKET: "captures",
      },
      records,
      objects,
      putMetrics: (_, values) => metrics.push(values),
      log: silentLog,
      now: () => new Date(start + minutes * minute),
    })({ modelName: "tiny" });
  const published = (name: string): number[] =>
    metrics.flatMap((values) => (name in values ? [values[name] as number] : []));
  const reports = <T>(kind: string): T[] =>
    [...objects.bodies.keys()]
      .filter((uri) => uri.includes(`/windows/tiny/${kind}/`))
      .sort()
      .map((uri) => objects.json<T>(uri));
  return { records, objects, at, labels, published, reports };
}

describe("monitorDrift", () => {
  it("calls a window stable that looks like the training data, and a shifted one drift", async () => {
    const same = world({ perWindow: [200, 200], age: ages(20) });
    const other = world({ perWindow: [200, 200], age: ages(45) });

    await same.at(35);
    await other.at(35);

    assert.deepEqual(same.published("Drift"), [0, 0]);
    assert.deepEqual(other.published("Drift"), [1, 1]);
    const [first] = other.reports<DriftWindow>("drift");
    assert.deepEqual(
      first?.features.filter((feature) => feature.drifted).map((feature) => feature.name),
      ["age"],
    );
  });

  it("publishes no verdict on too little data, but lives", async () => {
    const { at, published, reports } = world({ perWindow: [20], age: ages(45) });

    await at(20);

    assert.deepEqual(published("Drift"), []);
    assert.deepEqual(published("Heartbeat"), [1]);
    assert.equal(reports<DriftWindow>("drift")[0]?.verdict, "insufficient");
  });

  it("waits for the watermark and looks at each window once", async () => {
    const { at } = world({ perWindow: [200, 200], age: ages(20) });

    assert.equal((await at(19)).windows, 0);
    assert.equal((await at(20)).windows, 1);
    assert.equal((await at(20)).windows, 0);
    assert.equal((await at(35)).windows, 1);
  });

  it("does not beat when its look failed: silence means broken", async () => {
    const { at, objects, published } = world({ perWindow: [200], age: ages(20) });
    objects.bodies.delete("s3://d/p.json");

    await assert.rejects(at(20), /s3:\/\/d\/p\.json/);

    assert.deepEqual(published("Heartbeat"), []);
  });

  it("beats before anything is deployed", async () => {
    const { at, records, published } = world({ perWindow: [], age: ages(20) });
    records.items.clear();

    assert.deepEqual(await at(20), { windows: 0, hours: 0 });
    assert.deepEqual(published("Heartbeat"), [1]);
  });

  const isPositive = (i: number): boolean => i % 4 === 0;
  const hour = { perWindow: [100, 100, 100, 100], age: ages(20) };

  it("finds a breach when the labels say so, and none when the scores are right", async () => {
    const right = world({ ...hour, score: (i) => (isPositive(i) ? 0.8 : 0.2) });
    const wrong = world({ ...hour, score: (i) => ((i * 7919) % 100) / 100 });
    for (const one of [right, wrong]) {
      one.labels(400, (i) => (isPositive(i) ? "yes" : "no"));
      await one.at(125);
    }

    assert.deepEqual(right.published("QualityBreach"), [0]);
    assert.deepEqual(wrong.published("QualityBreach"), [1]);
    assert.equal(wrong.reports<QualityHour>("quality")[0]?.judgedRows, 400);
  });

  it("calls missing labels insufficient, never ok, and says how many came", async () => {
    const { at, labels, published, reports } = world({ ...hour, score: () => 0.5 });
    labels(200, () => "no");

    await at(125);

    assert.deepEqual(published("QualityBreach"), []);
    const [report] = reports<QualityHour>("quality");
    assert.equal(report?.verdict, "insufficient");
    assert.match(report?.reason ?? "", /labels for 50\.0 % of the predictions, 90\.0 % are needed/);
  });

  it("lists an hour of captures once it is closed, and the labels of a day once a look", async () => {
    const { at, labels, objects } = world({ ...hour, score: () => 0.5 });
    labels(400, () => "no");
    const listed: string[] = [];
    const list = objects.list.bind(objects);
    objects.list = (uri) => {
      listed.push(uri.slice("s3://captures/".length));
      return list(uri);
    };
    const times = (part: string): number => listed.filter((uri) => uri.includes(part)).length;

    await at(125);
    const captures = times("/2026/02/02/10/");
    await at(185);

    assert.equal(times("/2026/02/02/10/"), captures);
    assert.equal(times("labels-accepted/tiny/2026/02/02/"), 2);
  });
});
