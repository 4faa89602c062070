/** What the components of an environment stand on. */
import type * as pulumi from "@pulumi/pulumi";
import type { FoundationOutputs } from "../../contracts/stackOutputs.ts";
import type { AccountServices } from "./accountServices.ts";

/** The foundation as an environment uses it; of an environment in the foundation's account the foundation itself. */
export interface EnvironmentBase
  extends Pick<
    FoundationOutputs,
    "accountId" | "artifactBucket" | "dataBucket" | "recordsTableArn" | "eventBusArn"
  > {
  /** How calls name the table: by its ARN, where it is another account's. */
  readonly recordsTable: string;
  /** How calls name the bus, likewise. */
  readonly eventBusName: string;
  /** Key of what the environment itself stores and sends. */
  readonly kmsKeyArn: pulumi.Input<string>;
  /** Key of artifacts, data and records, where it is another one. */
  readonly sharedKeyArn?: string;
  readonly alertTopicArn: pulumi.Input<string>;
  readonly deadLetterArn: pulumi.Input<string>;
}

/** The foundation seen from another account, with what the environment has of its own there. */
export const fromOutside = (
  { accountId, artifactBucket, dataBucket, recordsTableArn, eventBusArn, kmsKeyArn }: FoundationOutputs,
  own: AccountServices,
): EnvironmentBase => ({
  accountId,
  artifactBucket,
  dataBucket,
  recordsTable: recordsTableArn,
  recordsTableArn,
  eventBusName: eventBusArn,
  eventBusArn,
  kmsKeyArn: own.kmsKeyArn,
  sharedKeyArn: kmsKeyArn,
  alertTopicArn: own.alertTopicArn,
  deadLetterArn: own.deadLetterArn,
});
