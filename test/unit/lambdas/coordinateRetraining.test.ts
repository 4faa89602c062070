import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keys, type RetrainingRequestRecord, type RetrainingState } from "../../../contracts/records.ts";
import { createHandler as createCloseRelease } from "../../../lambdas/closeRelease/handler.ts";
import { createHandler } from "../../../lambdas/coordinateRetraining/handler.ts";
import {
  ATHENA_SETTINGS,
  FakeClient,
  FakeLargeObjects,
  FakeObjects,
  FakeRecords,
  noAthena,
  silentLog,
} from "../../support/fakes.ts";
import { tinySpec } from "../../support/sample.ts";

const environment = {
  RECORDS_TABLE: "t",
  POWERTOOLS_SERVICE_NAME: "p",
  CAPTURE_BUCKET: "captures",
  CAPTURE_ENVIRONMENT: "prod",
  DATA_BUCKET: "data",
  PIPELINE_PREFIX: "sluice-",
  ALERT_TOPIC_ARN: "topic",
  ...ATHENA_SETTINGS,
  JOIN_STATE_MACHINE_ARN: "machine",
};
const now = new Date("2026-02-03T00:00:00Z");
const served = Date.parse("2026-02-02T10:00:00Z");
let worlds = 0;

/** Warm Lambdas keep capture files by their address: each world has its own. */
function deployment() {
  worlds += 1;
  const name = `config-${worlds}`;
  return {
    releaseId: "rel-1",
    endpointConfigName: name,
    sagemakerModelName: name,
    modelPackageArn: null,
    deployedAt: "2026-02-02T09:00:00.000Z",
    captureUri: `s3://captures/captures/tiny/${name}`,
  };
}
const request = (causeKey: string, cause = "drift") => ({
  detail: {
    modelName: "tiny",
    environment: "prod",
    cause,
    causeKey,
    requestedAt: now.toISOString(),
    requestedBy: "test",
  },
});

/** Live model with `count` captured requests, of which `labelled` have labels. */
function world(count: number, labelled: number) {
  const deployed = deployment();
  const records = new FakeRecords();
  const objects = new FakeObjects();
  const codepipeline = new FakeClient({ StartPipelineExecution: { pipelineExecutionId: "exec-2" } });
  const sns = new FakeClient();
  const release = {
    releaseId: "rel-1",
    modelName: "tiny",
    specUri: "s3://artifacts/specs/s.json",
    manifestUri: "s3://data/datasets/tiny/ds-1/manifest.json",
  };
  records.put(keys.live("prod", "tiny"), { endpointName: "tiny-prod", live: deployed, previous: null });
  records.put(keys.release("tiny", "rel-1"), release);
  records.put(keys.lineage("tiny", deployed.deployedAt, "prod"), {
    environment: "prod",
    deployedAt: deployed.deployedAt,
    deployed,
    release,
  });
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  objects.bodies.set("s3://artifacts/specs/s.json", text(JSON.stringify(tinySpec())));
  objects.bodies.set(
    "s3://data/datasets/tiny/ds-1/manifest.json",
    text(
      JSON.stringify({
        modelName: "tiny",
        datasetId: "ds-1",
        timeRange: { from: "2026-01-01", to: "2026-01-10" },
      }),
    ),
  );
  objects.bodies.set(
    "s3://data/judge/tiny/ds-1/table.csv",
    text("day,age,job,y\n2026-01-01,30,student,no\n2026-01-10,31,admin.,yes\n"),
  );
  const lines = Array.from({ length: count }, (_, index) =>
    JSON.stringify({
      captureData: {
        endpointInput: { mode: "INPUT", data: `${20 + (index % 50)},student\n`, encoding: "CSV" },
        endpointOutput: { mode: "OUTPUT", data: "0.5\n", encoding: "CSV" },
      },
      eventMetadata: {
        eventId: `e${index}`,
        inferenceId: `i${index}`,
        inferenceTime: new Date(served + index * 1000).toISOString(),
      },
      eventVersion: "0",
    }),
  );
  objects.bodies.set(
    `${deployed.captureUri}/tiny-prod/primary/2026/02/02/10/a.jsonl`,
    text(lines.join("\n")),
  );
  const labels = Array.from({ length: labelled }, (_, index) => ({
    id: `i${index}`,
    value: index % 2 ? "yes" : "no",
  }));
  objects.bodies.set("s3://captures/labels-accepted/tiny/2026/02/02/10/l.json", text(JSON.stringify(labels)));
  const handler = createHandler({
    environment,
    records,
    objects,
    largeObjects: new FakeLargeObjects(objects),
    athena: noAthena,
    codepipeline,
    states: new FakeClient(),
    sns,
    log: silentLog,
    now: () => now,
  });
  const state = () => records.load<RetrainingState>(keys.retraining("tiny"));
  const answers = () => records.list<RetrainingRequestRecord>(keys.retraining("tiny").pk, "REQUEST#");
  return { records, objects, codepipeline, sns, handler, state, answers };
}

describe("coordinateRetraining", () => {
  it("starts the pipeline with a table of history and labelled requests", async () => {
    const { handler, codepipeline, objects } = world(300, 200);

    await handler(request("alarm@1"));

    const [started] = codepipeline.inputs("StartPipelineExecution");
    const variables = Object.fromEntries(
      ((started?.variables ?? []) as { name: string; value: string }[]).map(({ name, value }) => [
        name,
        value,
      ]),
    );
    const csv = new TextDecoder()
      .decode(objects.bodies.get(`${variables.dataUri}data.csv`))
      .trimEnd()
      .split("\n");
    assert.equal(csv[0], "day,age,job,y");
    assert.equal(csv.length, 1 + 2 + 200);
    assert.deepEqual([...csv.slice(1)].sort(), csv.slice(1), "rows come in time order");
  });

  it("reports what became of every capture and label, in numbers that add up", async () => {
    const { handler, objects } = world(300, 250);
    const encode = (value: unknown): Uint8Array => new TextEncoder().encode(value as string);
    const uriOf = (part: string): string =>
      [...objects.bodies.keys()].find((uri) => uri.includes(part)) as string;
    const labels = objects.json<{ id: string; value: string }[]>(uriOf("labels-accepted/"));
    const captures = await objects.getText(uriOf("captures/"));
    // One label again as a correction, one of nobody, one capture twice and one that cannot be read.
    const more = [
      { id: "i0", value: labels[0]?.value === "yes" ? "no" : "yes" },
      { id: "nobody", value: "no" },
    ];
    objects.bodies.set(uriOf("labels-accepted/"), encode(JSON.stringify([...labels, ...more])));
    const other = uriOf("captures/").replace("a.jsonl", "b.jsonl");
    objects.bodies.set(other, encode(`${captures.split("\n")[0]}\n{broken\n`));

    await handler(request("alarm@1"));

    const report = objects.json<
      Record<string, number> & { accounts: { what: string; count: number; why: string }[] }
    >(uriOf("retraining-reports/"));
    const of = (what: string): number => report.accounts.find((one) => one.what === what)?.count as number;
    assert.deepEqual(
      [
        "captures skipped: unreadable-line",
        "duplicate captures",
        "captures without label",
        "repeated labels",
      ].map(of),
      [1, 1, 50, 1],
    );
    assert.deepEqual(["conflicting labels", "labels without capture"].map(of), [1, 1]);
    assert.equal(
      report.joined,
      of("joined, in the history already") + of("joined, duplicate rows") + (report.freshRows ?? 0),
    );
    assert.equal(report.freshRows, of("new rows in the table") + of("new rows past the window"));
    assert.equal(2, of("history in the table") + of("history past the window"));
    for (const { why } of report.accounts) assert.ok(why.length > 10);
  });
  it("begins once when the event comes twice", async () => {
    const { handler, codepipeline } = world(300, 200);

    await handler(request("alarm@1"));
    await handler(request("alarm@1"));

    const tokens = new Set(
      codepipeline.inputs("StartPipelineExecution").map((input) => input.clientRequestToken),
    );
    assert.equal(tokens.size, 1);
  });

  it("never changes the data of a pipeline that runs, though labels came since", async () => {
    const { handler, codepipeline, objects } = world(300, 200);
    await handler(request("alarm@1"));
    const written = [...objects.bodies].filter(([uri]) => uri.includes("/raw/"));
    const more = [{ id: "i250", value: "yes" }];
    await objects.put("s3://captures/labels-accepted/tiny/2026/02/02/10/m.json", JSON.stringify(more));

    const again = await handler(request("alarm@1"));
    assert.ok("decision" in again && again.decision === "started");

    assert.deepEqual(
      [...objects.bodies].filter(([uri]) => uri.includes("/raw/")),
      written,
    );
    assert.equal(codepipeline.inputs("StartPipelineExecution").length, 1);
  });

  it("takes its work up again when it died before the pipeline was started", async () => {
    const broken = world(300, 200);
    const dying = createHandler({
      environment,
      records: broken.records,
      objects: {
        ...broken.objects,
        list: broken.objects.list.bind(broken.objects),
        get: broken.objects.get.bind(broken.objects),
        getText: broken.objects.getText.bind(broken.objects),
        put: () => Promise.reject(new Error("killed")),
        putNew: () => Promise.reject(new Error("killed")),
      },
      largeObjects: new FakeLargeObjects(broken.objects),
      athena: noAthena,
      codepipeline: broken.codepipeline,
      states: new FakeClient(),
      sns: broken.sns,
      log: silentLog,
      now: () => now,
    });
    await assert.rejects(dying(request("alarm@1")), /killed/);

    await broken.handler(request("alarm@1"));

    assert.equal(broken.codepipeline.inputs("StartPipelineExecution").length, 1);
    assert.equal((await broken.state())?.startedThisWeek.length, 1);
  });

  it("refuses with too few labels, once, however often it is asked", async () => {
    const { handler, codepipeline, answers } = world(300, 50);

    await handler(request("alarm@1"));
    await handler(request("alarm@1"));

    assert.equal(codepipeline.sent.length, 0);
    assert.deepEqual(
      (await answers()).map((answer) => answer.reason),
      ["too-few-labels: 50 new labelled rows, at least 100 are needed"],
    );
  });

  it("joins captures and labels again only when labels came that could suffice", async () => {
    const { handler, objects, codepipeline, state } = world(300, 200);
    // All but 50 of the labelled requests are in the champion's dataset already.
    const known = Array.from(
      { length: 150 },
      (_, index) =>
        `${new Date(served + index * 1000).toISOString()},${20 + (index % 50)},student,${index % 2 ? "yes" : "no"}`,
    );
    const history = ["day,age,job,y", ...known, ""].join("\n");
    const table = "s3://data/judge/tiny/ds-1/table.csv";
    objects.bodies.set(table, new TextEncoder().encode(history));
    const reads: string[] = [];
    const get = objects.get.bind(objects);
    objects.get = (uri) => {
      reads.push(uri);
      return get(uri);
    };

    await handler(request("alarm@1"));
    assert.equal((await state())?.lastJoin?.freshRows, 50);
    const joins = () => reads.filter((uri) => uri === table).length;
    assert.equal(joins(), 1);
    await handler(request("alarm@2"));
    assert.equal(joins(), 1, "50 rows and no new label cannot make 100");

    const more = Array.from({ length: 60 }, (_, index) => ({ id: `i${200 + index}`, value: "no" }));
    await objects.put("s3://captures/labels-accepted/tiny/2026/02/02/10/m.json", JSON.stringify(more));
    await handler(request("alarm@3"));
    assert.equal(joins(), 2);
    assert.equal(codepipeline.inputs("StartPipelineExecution").length, 1);
  });

  it("frees the model and pages when the pipeline refuses to start", async () => {
    const { records, objects, sns, state } = world(300, 200);
    const codepipeline = new FakeClient({
      StartPipelineExecution: Object.assign(new Error("limit"), {
        name: "ConcurrentPipelineExecutionsLimitExceededException",
      }),
    });
    const handler = createHandler({
      environment,
      records,
      objects,
      largeObjects: new FakeLargeObjects(objects),
      athena: noAthena,
      codepipeline,
      states: new FakeClient(),
      sns,
      log: silentLog,
      now: () => now,
    });

    await assert.rejects(handler(request("alarm@1")), /limit/);

    assert.equal((await state())?.running, null);
    assert.equal(sns.inputs("Publish").length, 1);
  });

  it("counts a retraining that did not reach production when its pipeline ends", async () => {
    const { handler, records, state } = world(300, 200);
    await handler(request("alarm@1"));
    const close = createCloseRelease({
      environment: {
        RECORDS_TABLE: "t",
        POWERTOOLS_SERVICE_NAME: "p",
        PIPELINE_PREFIX: "sluice-",
        ALERT_TOPIC_ARN: "topic",
      },
      records,
      sns: new FakeClient(),
      log: silentLog,
    });

    await close({
      time: now.toISOString(),
      detail: { pipeline: "sluice-tiny", "execution-id": "exec-2", state: "FAILED" },
    });

    assert.equal((await state())?.running, null);
    assert.equal((await state())?.withoutHelp, 1);
  });

  it("starts one execution for a join, whoever asks again; another one when that has ended", async () => {
    const large = world(300, 200);
    let hasEnded = false;
    const states = new FakeClient({
      StartExecution: () =>
        hasEnded && states.inputs("StartExecution").length === 3
          ? Object.assign(new Error("exists"), { name: "ExecutionAlreadyExists" })
          : {},
    });
    let time = now.getTime();
    const handler = createHandler({
      environment: { ...environment, ATHENA_ABOVE_BYTES: "1000" },
      records: large.records,
      objects: large.objects,
      largeObjects: new FakeLargeObjects(large.objects),
      athena: noAthena,
      codepipeline: large.codepipeline,
      states,
      sns: large.sns,
      log: silentLog,
      now: () => new Date(time),
    });
    const begun = await handler(request("alarm@1"));
    assert.ok("decision" in begun && begun.decision === "joining");
    time += 60_000;
    await handler(request("alarm@1"));
    const other = await handler(request("alarm@2"));
    assert.ok("decision" in other && other.decision === "refused");
    hasEnded = true;
    await handler(request("alarm@1"));

    const names = states.inputs("StartExecution").map(({ name }) => name);
    assert.equal(names.length, 4);
    assert.equal(new Set(names.slice(0, 3)).size, 1);
    assert.notEqual(names[3], names[0]);
    assert.equal((await large.state())?.preparing?.join.execution, names[3]);
    assert.equal((await large.state())?.running, null);
    assert.equal(large.codepipeline.sent.length, 0);
  });

  it("leaves alone what another execution has taken over", async () => {
    const { handler } = world(300, 200);
    const turn = await handler({ join: { modelName: "tiny", execution: "gone-1" } });
    assert.ok("status" in turn && turn.status === "DONE");
  });
});
