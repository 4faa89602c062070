import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runJob } from "../../../lambdas/shared/pipelineJob.ts";
import { silentLog } from "../../support/fakes.ts";
import { jobEvent } from "../../support/jobs.ts";

const event = jobEvent();
const refusing = (name: string) => {
  const asked: string[] = [];
  const refuse = (what: string) => () => {
    asked.push(what);
    return Promise.reject(Object.assign(new Error("refused"), { name }));
  };
  return { asked, succeed: refuse("succeed"), fail: refuse("fail") };
};

describe("runJob", () => {
  it("leaves a job as it is that was answered before", async () => {
    const results = refusing("InvalidJobStateException");
    await runJob(event, results, silentLog, async () => ({ done: true, summary: "done" }));
    assert.deepEqual(results.asked, ["succeed"], "a success that came late is no failure");
  });
  it("throws when its answer does not arrive, so that Lambda runs the event again", async () => {
    const results = refusing("ThrottlingException");
    await assert.rejects(
      runJob(event, results, silentLog, async () => ({ done: true, summary: "done" })),
      /refused/,
    );
    assert.deepEqual(results.asked, ["succeed"], "work that is done is never reported as failed");
  });
});
