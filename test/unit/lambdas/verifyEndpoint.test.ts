import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keys } from "../../../contracts/records.ts";
import { createHandler } from "../../../lambdas/verifyEndpoint/handler.ts";
import { FakeClient, FakeJobResults, FakeObjects, FakeRecords, silentLog } from "../../support/fakes.ts";
import { jobEvent } from "../../support/jobs.ts";
import { deployedModel } from "../../support/rollout.ts";
import { tinySpec } from "../../support/sample.ts";

const common = { RECORDS_TABLE: "t", POWERTOOLS_SERVICE_NAME: "p" };
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const job = (releaseId: string) => jobEvent({ releaseId });

describe("verifyEndpoint", () => {
  function world(golden: string, answer: unknown, milliseconds = 1) {
    const records = new FakeRecords();
    const objects = new FakeObjects();
    objects.bodies.set("s3://a/spec.json", text(JSON.stringify(tinySpec())));
    objects.bodies.set("s3://a/golden.jsonl", text(golden));
    records.put(keys.live("staging", "tiny"), {
      endpointName: "tiny-staging",
      live: deployedModel("rel-2"),
      previous: null,
    });
    records.put(keys.release("tiny", "rel-2"), {
      releaseId: "rel-2",
      specUri: "s3://a/spec.json",
      goldenUri: "s3://a/golden.jsonl",
    });
    const results = new FakeJobResults();
    let clock = 0;
    const handler = createHandler({
      environment: { ...common, ENVIRONMENT_NAME: "staging" },
      records,
      objects,
      runtime: new FakeClient({ InvokeEndpoint: answer }),
      results,
      log: silentLog,
      now: () => (clock += milliseconds),
    });
    return { handler, said: () => JSON.stringify(results.outcomes) };
  }
  const cases: readonly [string, string, unknown, number, RegExp][] = [
    ["passes good answers", '{"body":"30,a"}', { Body: text("0.5\n") }, 1, /1 golden requests answered/],
    [
      "names an answer that is no number",
      '{"body":"30,a"}',
      { Body: text("hello") },
      1,
      /golden request 1: expected one number, got \\"hello\\"/,
    ],
    [
      "refuses what is no probability",
      '{"body":"30,a"}',
      { Body: text("7") },
      1,
      /expected a probability, got 7/,
    ],
    [
      "compares with the expected score",
      '{"body":"30,a","score":0.4,"tolerance":0.01}',
      { Body: text("0.5") },
      1,
      /expected 0.4 within 0.01, got 0.5/,
    ],
    [
      "reports a failed call",
      '{"body":"30,a"}',
      new Error("ModelError: boom"),
      1,
      /golden request 1: ModelError: boom/,
    ],
    [
      "refuses a slow model",
      '{"body":"30,a"}',
      { Body: text("0.5") },
      900,
      /p90 latency is 900.0 ms, at most 500 ms is allowed/,
    ],
    [
      "names a broken golden file by line",
      '{"body":"30,a"}\n{"bdy":1}',
      { Body: text("0.5") },
      1,
      /golden.jsonl line 2: .*body/,
    ],
  ];
  for (const [name, golden, answer, milliseconds, expected] of cases)
    it(name, async () => {
      const { handler, said } = world(golden, answer, milliseconds);
      await handler(job("rel-2"));
      assert.match(said(), expected);
    });

  it("answers a state machine by its result, and tells CodePipeline nothing", async () => {
    const { handler, said } = world('{"body":"30,a"}', { Body: text("0.5\n") });
    const answer = await handler({ releaseId: "rel-2", modelName: "tiny" });

    assert.match(answer?.summary ?? "", /^1 golden requests answered/);
    assert.equal(said(), "[]");
  });
  it("fails a state machine's request with its code, so that it is not tried again", async () => {
    const { handler } = world('{"body":"30,a"}', { Body: text("7") });

    await assert.rejects(
      async () => handler({ releaseId: "rel-2", modelName: "tiny" }),
      (error: Error) => {
        assert.equal(error.name, "EndpointCheckFailed");
        assert.match(error.message, /expected a probability, got 7/);
        return true;
      },
    );
    await assert.rejects(async () => handler({ modelName: "tiny" }), { name: "InvalidInput" });
  });
});
