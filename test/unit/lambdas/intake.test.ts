import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keys } from "../../../contracts/records.ts";
import { createHandler as createIngest } from "../../../lambdas/ingestLabels/handler.ts";
import { createHandler as createRemediate, parseAlarmName } from "../../../lambdas/remediate/handler.ts";
import { parseCaptures } from "../../../lambdas/shared/captureLines.ts";
import { FakeClient, FakeObjects, FakeRecords, silentLog } from "../../support/fakes.ts";
import { tinySpec } from "../../support/sample.ts";

const label = (id: string, data: string): string =>
  JSON.stringify({
    groundTruthData: { data, encoding: "CSV" },
    eventMetadata: { eventId: id },
    eventVersion: "0",
  });

describe("ingestLabels", () => {
  const created = (key: string) => ({ detail: { bucket: { name: "captures" }, object: { key } } });
  const world = (text: string) => {
    const objects = new FakeObjects();
    objects.bodies.set("s3://captures/labels/tiny/2026/02/02/10/x.jsonl", new TextEncoder().encode(text));
    const handler = createIngest({
      environment: {
        RECORDS_TABLE: "t",
        POWERTOOLS_SERVICE_NAME: "p",
        ENVIRONMENT_NAME: "prod",
        CAPTURE_BUCKET: "captures",
      },
      objects,
      putMetrics: () => undefined,
      log: silentLog,
    });
    return { objects, handler };
  };

  it("keeps good lines for the hour of the prediction and sets bad ones aside with their line", async () => {
    const { handler, objects } = world(
      `${label("a", "yes")}\nnot json\n${JSON.stringify({ eventVersion: "0" })}\n${label("b", "no")}\n`,
    );

    const answer = await handler(created("labels/tiny/2026/02/02/10/x.jsonl"));

    assert.deepEqual(answer, { accepted: 2, rejected: 2 });
    const rejected = [...objects.bodies.keys()].find((uri) =>
      uri.includes("/labels-rejected/tiny/2026/02/02/10/"),
    ) as string;
    assert.deepEqual(
      objects.json<{ rejected: { line: number }[] }>(rejected).rejected.map((one) => one.line),
      [2, 3],
    );
  });

  it("writes the same object when the event comes twice", async () => {
    const { handler, objects } = world(label("a", "yes"));
    await handler(created("labels/tiny/2026/02/02/10/x.jsonl"));
    const keysBefore = [...objects.bodies.keys()];

    await handler(created("labels/tiny/2026/02/02/10/x.jsonl"));

    assert.deepEqual([...objects.bodies.keys()], keysBefore);
  });

  it("says how the key must look", async () => {
    await assert.rejects(
      world("").handler(created("labels/tiny/x.jsonl")),
      /expected labels\/<model>\/yyyy\/mm\/dd\/hh\/<file>/,
    );
  });
});

describe("parseCaptures", () => {
  it("counts what it cannot read instead of dropping it", () => {
    const record = (input: object, inferenceTime = "2026-01-01T00:00:00Z"): string =>
      JSON.stringify({
        captureData: { endpointInput: input },
        eventMetadata: { eventId: "e", inferenceTime },
        eventVersion: "0",
      });
    const text = [
      "{",
      "{}",
      record({ data: "1,2,3", encoding: "CSV" }),
      record({ data: "30,student", encoding: "CSV" }, "yesterday"),
      record({ data: "{}", encoding: "JSON" }),
      record({ data: Buffer.from("30,student").toString("base64"), encoding: "BASE64" }),
    ].join("\n");

    const parsed = parseCaptures(text, tinySpec(), "c", "primary");

    assert.deepEqual(parsed.skipped, {
      "unreadable-line": 1,
      "other-format": 1,
      "other-width": 1,
      "unreadable-time": 1,
      "not-csv": 1,
    });
    assert.deepEqual(
      parsed.observations.map((one) => one.features),
      [["30", "student"]],
    );
  });

  it("gives a request of several rows one observation a row", () => {
    const text = JSON.stringify({
      captureData: {
        endpointInput: { data: '30,"a,b"\n,student\n', encoding: "CSV" },
        endpointOutput: { data: "0.1\n0.2\n", encoding: "CSV" },
      },
      eventMetadata: { eventId: "e", inferenceId: "i", inferenceTime: "2026-01-01T00:00:00Z" },
      eventVersion: "0",
    });

    const { observations } = parseCaptures(text, tinySpec(), "c", "primary");

    assert.deepEqual(
      observations.map(({ id, score, features }) => ({ id, score, features })),
      [
        { id: "i#0", score: 0.1, features: ["30", "a,b"] },
        { id: "i#1", score: 0.2, features: [null, "student"] },
      ],
    );
  });
});

describe("remediate", () => {
  const environment = {
    RECORDS_TABLE: "t",
    POWERTOOLS_SERVICE_NAME: "p",
    ENVIRONMENT_NAME: "prod",
    EVENT_BUS_NAME: "bus",
    ROLLOUT_STATE_MACHINE_ARN: "machine",
    ALERT_TOPIC_ARN: "topic",
    ALARM_PREFIX: "sluice-prod-",
  };
  const deployed = (name: string, at: string) => ({
    releaseId: name,
    endpointConfigName: name,
    sagemakerModelName: name,
    modelPackageArn: null,
    deployedAt: at,
    captureUri: "s3://c/x",
  });
  const alarm = (kind: string) => ({
    alarmData: {
      alarmName: `sluice-prod-tiny-${kind}`,
      state: { value: "ALARM", timestamp: "2026-02-02T10:00:00.000Z", reason: "why" },
    },
  });
  const world = (options: { at?: string; previous?: boolean; answers?: Record<string, unknown> } = {}) => {
    const records = new FakeRecords();
    const objects = new FakeObjects();
    objects.bodies.set("s3://a/spec.json", new TextEncoder().encode(JSON.stringify(tinySpec())));
    records.put(keys.live("prod", "tiny"), {
      endpointName: "tiny-prod",
      live: deployed("new", "2026-02-02T09:00:00.000Z"),
      previous: options.previous === false ? null : deployed("old", "2026-02-01T09:00:00.000Z"),
    });
    records.put(keys.release("tiny", "new"), { specUri: "s3://a/spec.json" });
    const clients = {
      cloudwatch: new FakeClient(options.answers),
      eventbridge: new FakeClient(options.answers),
      states: new FakeClient(),
      sns: new FakeClient(),
    };
    const handler = createRemediate({
      environment,
      records,
      objects,
      ...clients,
      log: silentLog,
      now: () => new Date(options.at ?? "2026-02-02T10:00:00Z"),
    });
    return { handler, records, ...clients };
  };

  const cases: readonly [string, Parameters<typeof world>[0], "rollback" | "retrain" | "page"][] = [
    ["errors", {}, "rollback"],
    ["latency", {}, "rollback"],
    ["errors", { previous: false }, "page"],
    ["errors", { at: "2026-02-05T10:00:00Z" }, "page"],
    ["drift", {}, "retrain"],
    ["concept-drift", {}, "retrain"],
    ["quality", {}, "rollback"],
    ["quality", { at: "2026-02-05T10:00:00Z" }, "retrain"],
    ["heartbeat", {}, "page"],
  ];
  for (const [kind, options, remedy] of cases)
    it(`answers ${kind} ${JSON.stringify(options)} with ${remedy}`, async () => {
      const { handler, eventbridge, states, sns } = world(options);

      await handler(alarm(kind));

      assert.deepEqual(
        { rollback: states.sent.length, retrain: eventbridge.sent.length, page: sns.sent.length },
        { rollback: 0, retrain: 0, page: 0, [remedy]: 1 },
      );
    });

  it("fails, to be tried again, when the bus does not take its request", async () => {
    const { handler } = world({
      answers: {
        PutEvents: { FailedEntryCount: 1, Entries: [{ ErrorCode: "AccessDenied", ErrorMessage: "no" }] },
      },
    });

    await assert.rejects(
      handler(alarm("drift")),
      /bus: expected it to take the request for retraining tiny, got AccessDenied: no/,
    );
  });

  it("never rolls a new model back for an alarm that is older than its deployment", async () => {
    const older = (kind: string) => {
      const event = alarm(kind);
      return {
        alarmData: {
          ...event.alarmData,
          state: { ...event.alarmData.state, timestamp: "2026-02-02T08:15:00.000Z" },
        },
      };
    };
    const { handler, states, eventbridge, sns } = world();

    await handler(older("quality"));
    assert.deepEqual([states.sent.length, eventbridge.sent.length, sns.sent.length], [0, 0, 0]);
    await handler(older("errors"));
    assert.deepEqual([states.sent.length, sns.sent.length], [0, 1]);
  });

  it("leaves errors during a rollout to the rollout's own alarms", async () => {
    const { handler, records, states } = world();
    records.put(keys.rollout("prod", "tiny"), { phase: "updating", rolloutId: "r" });

    await handler(alarm("errors"));

    assert.equal(states.sent.length, 0);
  });

  it("answers errors while a challenger only shadows: they are the champion's", async () => {
    const { handler, records, states } = world();
    records.put(keys.rollout("prod", "tiny"), { phase: "shadowing", rolloutId: "r" });

    await handler(alarm("errors"));

    assert.equal(states.sent.length, 1);
  });

  it("starts one rollback for an alarm, also when told twice", async () => {
    const { handler, states } = world();
    await handler(alarm("errors"));
    await handler(alarm("errors"));
    assert.equal(new Set(states.inputs("StartExecution").map((input) => input.name)).size, 1);
  });

  it("asks again for what stays open, and does not page again", async () => {
    const open = ["drift", "heartbeat"].map((kind) => ({
      AlarmName: `sluice-prod-tiny-${kind}`,
      StateTransitionedTimestamp: new Date("2026-02-02T10:00:00Z"),
    }));
    const { handler, eventbridge, sns } = world({ answers: { DescribeAlarms: { MetricAlarms: open } } });

    await handler({ sweep: true });

    assert.equal(eventbridge.sent.length, 1);
    assert.equal(sns.sent.length, 0);
  });

  it("takes the longest kind: a model may be called drift", () => {
    assert.deepEqual(parseAlarmName("sluice-prod-my-model-concept-drift", "sluice-prod-"), {
      modelName: "my-model",
      kind: "concept-drift",
    });
    assert.equal(parseAlarmName("other", "sluice-prod-"), null);
  });
});
