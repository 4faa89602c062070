import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LambdaFunction } from "../../infra/shared/lambdaFunction.ts";
import { CONTEXT, make, only } from "../support/componentHarness.ts";

const KEY = "arn:aws:kms:eu-west-1:000000000000:key/k";
const DEAD_LETTERS = "arn:aws:sqs:eu-west-1:000000000000:sluice-dead-letters";
const RECORDS = "arn:aws:dynamodb:eu-west-1:000000000000:table/sluice-records";

const lambda = () =>
  make(
    () =>
      new LambdaFunction("sluice-record-approval", {
        context: CONTEXT,
        lambda: "recordApproval",
        bundle: import.meta.dirname,
        environment: { RECORDS_TABLE: "sluice-records", PIPELINE_PREFIX: "sluice" },
        permissions: [{ actions: ["dynamodb:GetItem"], resources: [RECORDS] }],
        timeoutSeconds: 60,
        memoryMegabytes: 256,
        kmsKeyArn: KEY,
        deadLetterArn: DEAD_LETTERS,
      }),
  );

describe("LambdaFunction", () => {
  it("may do what is listed, write its own logs and dead letters, and use its key, nothing else", async () => {
    const { policy } = only(await lambda(), "iam/rolePolicy:RolePolicy");
    const allowed = (
      JSON.parse(policy as string).Statement as { Action: string[]; Resource: string[] }[]
    ).map(({ Action, Resource }) => [Action, Resource].flat());

    assert.deepEqual(allowed, [
      ["dynamodb:GetItem", RECORDS],
      [
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "arn:aws:logs:eu-west-1:000000000000:log-group:/aws/lambda/sluice-record-approval:*",
      ],
      ["sqs:SendMessage", DEAD_LETTERS],
      ["kms:Decrypt", "kms:GenerateDataKey", KEY],
    ]);
  });

  it("runs again what died, and gives up to the dead letters", async () => {
    const invoke = only(await lambda(), "lambda/functionEventInvokeConfig:FunctionEventInvokeConfig");

    assert.deepEqual(
      [invoke.maximumRetryAttempts, invoke.destinationConfig],
      [2, { onFailure: { destination: DEAD_LETTERS } }],
    );
  });

  it("names its service for logs and metrics, encrypts its environment, and logs to a group that ends", async () => {
    const made = await lambda();
    const fn = only(made, "lambda/function:Function");

    assert.deepEqual(fn.environment, {
      variables: {
        RECORDS_TABLE: "sluice-records",
        PIPELINE_PREFIX: "sluice",
        POWERTOOLS_SERVICE_NAME: "recordApproval",
      },
    });
    assert.equal(fn.kmsKeyArn, KEY);
    assert.equal(only(made, "cloudwatch/logGroup:LogGroup").retentionInDays, 30);
  });
});
