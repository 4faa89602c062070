import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keys, type ReleaseRecord } from "../../../contracts/records.ts";
import { createHandler } from "../../../lambdas/recordApproval/handler.ts";
import { FakeClient, FakeJobResults, FakeRecords, silentLog } from "../../support/fakes.ts";
import { jobEvent } from "../../support/jobs.ts";
import { deployedModel } from "../../support/rollout.ts";

const common = { RECORDS_TABLE: "t", POWERTOOLS_SERVICE_NAME: "p" };
const job = (releaseId: string) => jobEvent({ releaseId });

describe("recordApproval", () => {
  function world(comparison: string | null, serving: string | null) {
    const records = new FakeRecords();
    if (serving)
      records.put(keys.live("prod", "tiny"), {
        endpointName: "tiny-prod",
        live: deployedModel(serving),
        previous: null,
      });
    records.put(keys.release("tiny", "rel-2"), {
      releaseId: "rel-2",
      modelPackageArn: "package",
      evaluation: { verdict: "pass", comparison: comparison ? { champion: comparison } : null },
    });
    const codepipeline = new FakeClient({
      ListActionExecutions: {
        actionExecutionDetails: [
          {
            input: { actionTypeId: { category: "Approval" } },
            updatedBy: "arn:aws:iam::1:user/ada",
            lastUpdateTime: new Date(0),
            output: { executionResult: { externalExecutionSummary: "looks right" } },
          },
        ],
      },
    });
    const sagemaker = new FakeClient();
    const results = new FakeJobResults();
    const handler = createHandler({
      environment: { ...common, PIPELINE_PREFIX: "sluice-" },
      records,
      sagemaker,
      codepipeline,
      results,
      log: silentLog,
    });
    return { records, handler, sagemaker, results };
  }

  it("marks the package approved with the person's name", async () => {
    const { handler, sagemaker, records } = world(null, null);
    await handler(job("rel-2"));
    assert.equal(sagemaker.inputs("UpdateModelPackage")[0]?.ModelApprovalStatus, "Approved");
    assert.equal(
      (await records.load<ReleaseRecord>(keys.release("tiny", "rel-2")))?.approval?.by,
      "arn:aws:iam::1:user/ada",
    );
  });
  it("stops when another champion serves than the one compared", async () => {
    const { handler, results, sagemaker } = world("old", "newer");
    await handler(job("rel-2"));
    assert.match(
      JSON.stringify(results.outcomes),
      /ModelRejected.*compared with release old, but newer serves now/,
    );
    assert.equal(sagemaker.sent.length, 0);
  });
  it("marks the package rejected when the approval was refused", async () => {
    const { handler, sagemaker } = world(null, null);
    await handler({
      "detail-type": "CodePipeline Action Execution State Change",
      time: "2026-01-01T00:00:00Z",
      detail: { pipeline: "sluice-tiny", "execution-id": "rel-2", action: "Approve", state: "FAILED" },
    });
    assert.equal(sagemaker.inputs("UpdateModelPackage")[0]?.ModelApprovalStatus, "Rejected");
  });
});
