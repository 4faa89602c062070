/** An AWS account with Sluice's stacks in it, for people on call. Credentials, region and endpoint come as for every AWS SDK. */
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SFNClient } from "@aws-sdk/client-sfn";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { dynamoRecords, type Records } from "../../lambdas/shared/records.ts";

export interface Account {
  /** ARN of whoever asks; stands in records and reasons. */
  readonly caller: string;
  readonly records: Records;
  readonly cloudwatch: Pick<CloudWatchClient, "send">;
  readonly states: Pick<SFNClient, "send">;
  /** ARN of the state machine that rolls out in an environment. */
  rolloutMachineArn(environment: string): string;
}

/** Opens the account of the caller's credentials. `prefix` is the stacks' `sluice:prefix`. */
export async function openAccount(prefix: string): Promise<Account> {
  const states = new SFNClient();
  const { Arn = "" } = await new STSClient().send(new GetCallerIdentityCommand());
  const [, partition, , , accountId] = Arn.split(":");
  const region = await states.config.region();
  return {
    caller: Arn,
    records: dynamoRecords(`${prefix}-records`, new DynamoDBClient()),
    cloudwatch: new CloudWatchClient(),
    states,
    rolloutMachineArn: (environment) =>
      `arn:${partition}:states:${region}:${accountId}:stateMachine:${prefix}-${environment}-rollout`,
  };
}
