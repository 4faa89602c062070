/** What must hold of every resource of every stack. */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { Recorded } from "../support/stackHarness.ts";

interface PolicyStatement {
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}

/** Actions that AWS gives no resource-level permission, or that are narrowed by a condition. */
const WITHOUT_RESOURCE = new Set([
  "codepipeline:PutJobSuccessResult",
  "codepipeline:PutJobFailureResult",
  "cloudwatch:DescribeAlarms",
  "cloudwatch:GetMetricStatistics",
  "cloudwatch:PutMetricData",
  "ecr:GetAuthorizationToken",
  "lambda:ListFunctions",
  "sagemaker:ListEndpointConfigs",
]);

export function checkInvariants(resources: readonly Recorded[]): void {
  const of = (type: string): Recorded[] => resources.filter((resource) => resource.type === type);
  const statements = of("aws:iam/rolePolicy:RolePolicy").flatMap((policy) =>
    (JSON.parse(String(policy.inputs.policy)) as { Statement: PolicyStatement[] }).Statement.map(
      (statement) => ({ policy: policy.name, ...statement }),
    ),
  );

  it("gives no role a wildcard action", () => {
    for (const { policy, Action } of statements)
      for (const action of Action) assert.doesNotMatch(action, /\*/, policy);
  });
  it("gives `*` as resource only where AWS has no resource-level permission", () => {
    for (const { policy, Action, Resource } of statements)
      if (Resource.includes("*"))
        for (const action of Action) assert.ok(WITHOUT_RESOURCE.has(action), `${policy}: ${action} on *`);
  });
  it("trusts services only on behalf of this account, and other accounts' roles only by their ARNs", () => {
    for (const role of of("aws:iam/role:Role")) {
      const trust = String(role.inputs.assumeRolePolicy);
      assert.match(trust, /"Service"/.test(trust) ? /aws:SourceAccount/ : /aws:PrincipalArn/, role.name);
    }
  });
  it("has one role for each Lambda", () => {
    const lambdas = of("aws:lambda/function:Function");
    assert.equal(new Set(lambdas.map((lambda) => lambda.inputs.role)).size, lambdas.length);
  });
  it("sends every Lambda's lost events to the dead letters and keeps its logs for a set time", () => {
    for (const lambda of of("aws:lambda/function:Function")) {
      assert.ok(
        of("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig").some((config) =>
          config.name.startsWith(lambda.name.replace(/-function$/, "")),
        ),
        lambda.name,
      );
      assert.ok(
        of("aws:cloudwatch/logGroup:LogGroup").some(
          (group) =>
            group.inputs.name === `/aws/lambda/${String(lambda.inputs.name)}` &&
            Number(group.inputs.retentionInDays) > 0,
        ),
        lambda.name,
      );
    }
  });
  it("encrypts, versions, closes and limits to TLS every bucket", () => {
    const parts = [
      "aws:s3/bucketVersioning:BucketVersioning",
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
      "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    ];
    for (const bucket of of("aws:s3/bucket:Bucket")) {
      for (const part of parts)
        assert.ok(
          of(part).some((one) => one.inputs.bucket === bucket.inputs.bucket),
          `${bucket.name}: ${part}`,
        );
      assert.match(
        String(
          of("aws:s3/bucketPolicy:BucketPolicy").find((one) => one.inputs.bucket === bucket.inputs.bucket)
            ?.inputs.policy,
        ),
        /aws:SecureTransport/,
      );
    }
  });
  it("gives every event target a dead-letter queue", () => {
    for (const target of of("aws:cloudwatch/eventTarget:EventTarget"))
      assert.ok(target.inputs.deadLetterConfig, target.name);
  });
  it("names the runbook of every alarm", () => {
    for (const alarm of of("aws:cloudwatch/metricAlarm:MetricAlarm"))
      assert.match(
        String(alarm.inputs.alarmDescription),
        /Runbook: docs\/runbooks\/[a-z]+\.md#[a-z-]+/,
        alarm.name,
      );
  });
  it("keeps physical names within AWS's limits", () => {
    for (const { type, name, inputs } of resources) {
      const limit = /iam\/role:Role|lambda\/function:Function|eventRule|scheduler/.test(type)
        ? 64
        : /sagemaker|s3\/bucket:Bucket/.test(type)
          ? 63
          : 128;
      const physical = String(inputs.name ?? inputs.bucket ?? inputs.modelPackageGroupName ?? "");
      assert.ok(
        physical.length <= limit,
        `${name}: ${physical} has ${physical.length} characters, at most ${limit} are allowed`,
      );
    }
  });
}
