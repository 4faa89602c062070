/** What one stack exports for the next: one typed record each, read by StackReference. */

export interface FoundationOutputs {
  /** Account of the foundation, and of delivery. */
  readonly accountId: string;
  /** Accounts of the environments that do not live in it. */
  readonly environmentAccounts: Readonly<Record<string, string>>;
  readonly kmsKeyArn: string;
  readonly artifactBucket: string;
  readonly dataBucket: string;
  readonly recordsTable: string;
  readonly recordsTableArn: string;
  readonly eventBusName: string;
  readonly eventBusArn: string;
  readonly alertTopicArn: string;
  readonly deadLetterArn: string;
}

/** How delivery reaches an environment in another account than its own. */
export interface CrossAccountAccess {
  /** Role that the pipelines' roles assume for their actions there. */
  readonly actionRoleArn: string;
  readonly verifyStateMachineArn: string;
  /** Key of what the environment stores, its captures above all. */
  readonly kmsKeyArn: string;
}

export interface EnvironmentOutputs {
  readonly environment: string;
  readonly captureBucket: string;
  readonly rolloutStateMachineArn: string;
  readonly verifyFunctionArn: string;
  readonly verifyFunctionName: string;
  readonly endpoints: Readonly<Record<string, string>>;
  /** Absent of an environment in the foundation's account. */
  readonly crossAccount?: CrossAccountAccess;
}

export interface DeliveryOutputs {
  readonly trainingStateMachineArn: string;
  readonly pipelines: Readonly<Record<string, string>>;
}

/** Name of the single output that carries the record. */
export const OUTPUTS = "sluice";
