/** A pipeline as the API declares it. */

export interface ActionDeclaration {
  readonly name: string;
  readonly actionTypeId: {
    readonly category: string;
    readonly owner: string;
    readonly provider: string;
    readonly version: string;
  };
  readonly runOrder?: number;
  readonly configuration?: Readonly<Record<string, string>>;
  readonly inputArtifacts?: readonly { readonly name: string }[];
  readonly outputArtifacts?: readonly { readonly name: string }[];
  readonly roleArn?: string;
  readonly region?: string;
  readonly namespace?: string;
  readonly timeoutInMinutes?: number;
}

export interface StageDeclaration {
  readonly name: string;
  readonly actions: readonly ActionDeclaration[];
}

export interface ArtifactStore {
  readonly type: "S3";
  readonly location: string;
  readonly encryptionKey?: { readonly id: string; readonly type: "KMS" };
}

export interface PipelineDeclaration {
  readonly name: string;
  readonly roleArn: string;
  readonly artifactStore: ArtifactStore;
  readonly stages: readonly StageDeclaration[];
  readonly version: number;
  readonly executionMode: "QUEUED" | "SUPERSEDED";
  readonly pipelineType: "V2";
  readonly variables?: readonly {
    readonly name: string;
    readonly defaultValue?: string;
    readonly description?: string;
  }[];
}

/** Configuration keys by provider; required ones first. Others are refused. */
export const providers: Readonly<
  Record<
    string,
    {
      readonly category: string;
      readonly required: readonly string[];
      readonly optional: readonly string[];
      readonly inputs: readonly [number, number];
      readonly outputs: readonly [number, number];
      readonly timeoutMinutes: number;
    }
  >
> = {
  S3: {
    category: "Source",
    required: ["S3Bucket", "S3ObjectKey"],
    optional: ["PollForSourceChanges", "AllowOverrideForS3ObjectKey"],
    inputs: [0, 0],
    outputs: [1, 1],
    timeoutMinutes: 60,
  },
  CodeBuild: {
    category: "Build",
    required: ["ProjectName"],
    optional: ["PrimarySource", "EnvironmentVariables"],
    inputs: [1, 5],
    outputs: [0, 5],
    timeoutMinutes: 480,
  },
  Lambda: {
    category: "Invoke",
    required: ["FunctionName"],
    optional: ["UserParameters"],
    inputs: [0, 5],
    outputs: [0, 5],
    timeoutMinutes: 1440,
  },
  StepFunctions: {
    category: "Invoke",
    required: ["StateMachineArn"],
    optional: ["ExecutionNamePrefix", "InputType", "Input"],
    inputs: [0, 1],
    outputs: [0, 1],
    // Standard workflows: seven days (CodePipeline quotas).
    timeoutMinutes: 10_080,
  },
  Manual: {
    category: "Approval",
    required: [],
    optional: ["NotificationArn", "ExternalEntityLink", "CustomData"],
    inputs: [0, 0],
    outputs: [0, 0],
    timeoutMinutes: 10_080,
  },
};
