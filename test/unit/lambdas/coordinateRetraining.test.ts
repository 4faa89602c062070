import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keys, type RetrainingState } from "../../../contracts/records.ts";
import { INITIAL_RETRAINING_STATE } from "../../../core/retraining/decide.ts";
import { createHandler as createCloseRelease } from "../../../lambdas/closeRelease/handler.ts";
import { createHandler } from "../../../lambdas/coordinateRetraining/handler.ts";
import { environment, now, request, world } from "../../support/coordinatorWorld.ts";
import { FakeClient, FakeLargeObjects, noAthena, silentLog } from "../../support/fakes.ts";

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

  it("makes a new request for the same cause each time that its retraining failed", async () => {
    const { handler, records, codepipeline, state } = world(300, 200);
    const key = keys.retraining("tiny");
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await handler(request("alarm@1"));
      await handler(request("alarm@1"));
      // Failed, and its brakes are loose again.
      const { version } = (await state()) as RetrainingState;
      await records.save(key, { ...INITIAL_RETRAINING_STATE, version });
    }

    const tokens = codepipeline.inputs("StartPipelineExecution").map((input) => input.clientRequestToken);
    assert.equal(new Set(tokens).size, 3);
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
