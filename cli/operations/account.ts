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

/** What the option of that name says. */
export const FOUNDATION_ACCOUNT =
  "account of the foundation, where the caller's is an environment's own (a role in sluice:operators)";

/** Where the stacks are. */
export interface Place {
  /** The stacks' `sluice:prefix`. */
  readonly prefix: string;
  /** Account of the foundation, where it is another one than the caller's. */
  readonly foundationAccount?: string;
}

/** How calls name the records table: its ARN, where it is another account's. `arn`: any ARN of the caller's partition. */
export function recordsTable({ prefix, foundationAccount }: Place, arn: string, region: string): string {
  const name = `${prefix}-records`;
  if (foundationAccount === undefined) return name;
  if (!/^\d{12}$/.test(foundationAccount))
    throw new Error(
      `--foundation-account: expected the twelve digits of the foundation's account, got ${JSON.stringify(foundationAccount)}`,
    );
  return `arn:${arn.split(":")[1]}:dynamodb:${region}:${foundationAccount}:table/${name}`;
}

/** Opens the account of the caller's credentials, that of the environment, with the records of the foundation. */
export async function openAccount(place: Place): Promise<Account> {
  const { prefix } = place;
  const states = new SFNClient();
  const { Arn = "" } = await new STSClient().send(new GetCallerIdentityCommand());
  const [, partition, , , accountId] = Arn.split(":");
  const region = await states.config.region();
  return {
    caller: Arn,
    records: dynamoRecords(recordsTable(place, Arn, region), new DynamoDBClient()),
    cloudwatch: new CloudWatchClient(),
    states,
    rolloutMachineArn: (environment) =>
      `arn:${partition}:states:${region}:${accountId}:stateMachine:${prefix}-${environment}-rollout`,
  };
}
