/** What the components of an environment stand on. */
import type * as pulumi from "@pulumi/pulumi";
import type { FoundationOutputs } from "../../contracts/stackOutputs.ts";
import type { AccountServices } from "./accountServices.ts";

/** The foundation as an environment uses it; of an environment in the foundation's account the foundation itself. */
export interface EnvironmentBase {
  /** Account of foundation and delivery. */
  readonly accountId: string;
  readonly artifactBucket: string;
  readonly dataBucket: string;
  /** How calls name the table: by its ARN, where it is another account's. */
  readonly recordsTable: string;
  readonly recordsTableArn: string;
  /** How calls name the bus, likewise. */
  readonly eventBusName: string;
  readonly eventBusArn: string;
  /** Key of what the environment itself stores and sends. */
  readonly kmsKeyArn: pulumi.Input<string>;
  /** Key of artifacts, data and records, where it is another one. */
  readonly sharedKeyArn?: string;
  readonly alertTopicArn: pulumi.Input<string>;
  readonly deadLetterArn: pulumi.Input<string>;
}

/** The foundation seen from another account, with what the environment has of its own there. */
export const fromOutside = (foundation: FoundationOutputs, own: AccountServices): EnvironmentBase => ({
  accountId: foundation.accountId,
  artifactBucket: foundation.artifactBucket,
  dataBucket: foundation.dataBucket,
  recordsTable: foundation.recordsTableArn,
  recordsTableArn: foundation.recordsTableArn,
  eventBusName: foundation.eventBusArn,
  eventBusArn: foundation.eventBusArn,
  kmsKeyArn: own.kmsKeyArn,
  sharedKeyArn: foundation.kmsKeyArn,
  alertTopicArn: own.alertTopicArn,
  deadLetterArn: own.deadLetterArn,
});
