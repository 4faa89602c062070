import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { DeployContext } from "./context.ts";

export interface DeadLettersArgs {
  readonly context: DeployContext;
  readonly queueName: string;
  readonly kmsKeyArn: pulumi.Input<string>;
  readonly alertTopicArn: pulumi.Input<string>;
}

/** The queue of events that failed all their retries, for fourteen days, with an alarm on the first one. Belongs to `parent`. */
export function createDeadLetters(
  name: string,
  { context, queueName, kmsKeyArn, alertTopicArn }: DeadLettersArgs,
  parent: pulumi.Resource,
): aws.sqs.Queue {
  const own = (service: string, resource: string): string =>
    `arn:${context.partition}:${service}:${context.region}:${context.accountId}:${resource}`;
  const queue = new aws.sqs.Queue(
    `${name}-dead-letters`,
    {
      name: queueName,
      messageRetentionSeconds: 1_209_600,
      kmsMasterKeyId: kmsKeyArn,
      // Rules have no role of their own for dead letters: EventBridge itself must be let in.
      policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "DeadLettersOfRules",
            Effect: "Allow",
            Principal: { Service: "events.amazonaws.com" },
            Action: "sqs:SendMessage",
            Resource: own("sqs", queueName),
            Condition: { ArnLike: { "aws:SourceArn": own("events", "rule/*") } },
          },
        ],
      }),
    },
    { parent },
  );
  new aws.cloudwatch.MetricAlarm(
    `${name}-dead-letters-alarm`,
    {
      name: queueName,
      alarmDescription: "An event failed all its retries. Runbook: docs/runbooks/operations.md#dead-letters",
      namespace: "AWS/SQS",
      metricName: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: queue.name },
      statistic: "Maximum",
      period: 300,
      evaluationPeriods: 1,
      comparisonOperator: "GreaterThanThreshold",
      threshold: 0,
      treatMissingData: "notBreaching",
      alarmActions: [alertTopicArn],
    },
    { parent },
  );
  return queue;
}
