/** The part of the states language that the sandbox runs, as types. */

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: "FULL" | "NONE";
}

export interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
  readonly Output?: unknown;
  readonly Assign?: Readonly<Record<string, unknown>>;
}

export interface ChoiceRule {
  readonly Condition: string | boolean;
  readonly Next: string;
  readonly Output?: unknown;
  readonly Assign?: Readonly<Record<string, unknown>>;
}

export type StateType = "Task" | "Pass" | "Choice" | "Wait" | "Succeed" | "Fail" | "Parallel" | "Map";

/** One state; which members it may have depends on its type and is checked by `validate.ts`. */
export interface State {
  readonly Type: StateType;
  readonly Next?: string;
  readonly End?: boolean;
  readonly Output?: unknown;
  readonly Assign?: Readonly<Record<string, unknown>>;
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
  readonly Arguments?: unknown;
  readonly Resource?: string;
  readonly TimeoutSeconds?: number | string;
  readonly HeartbeatSeconds?: number | string;
  readonly Choices?: readonly ChoiceRule[];
  readonly Default?: string;
  readonly Seconds?: number | string;
  readonly Timestamp?: string;
  readonly Error?: string;
  readonly Cause?: string;
  readonly Branches?: readonly Branch[];
  readonly Items?: unknown;
  readonly ItemSelector?: unknown;
  readonly MaxConcurrency?: number | string;
  readonly ItemProcessor?: Branch;
}

export interface Branch {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

export interface Definition extends Branch {
  readonly TimeoutSeconds?: number;
}

/** Task resources by kind. */
export type Resource =
  | { readonly kind: "lambda"; readonly functionArn: string }
  | {
      readonly kind: "optimised";
      readonly service: string;
      readonly action: string;
      readonly pattern: "" | "sync" | "sync:2";
    }
  | { readonly kind: "sdk"; readonly service: string; readonly action: string };

/** Services that SDK integrations reach, by Step Functions' name, and how AWS's API spells members. */
export const sdkServices: Readonly<
  Record<string, { readonly model: string; readonly lowerCamel?: boolean; readonly title: string }>
> = {
  athena: { model: "athena", title: "Athena" },
  cloudwatch: { model: "cloudwatch", title: "CloudWatch" },
  cloudwatchlogs: { model: "logs", lowerCamel: true, title: "CloudWatchLogs" },
  codebuild: { model: "codebuild", lowerCamel: true, title: "CodeBuild" },
  codepipeline: { model: "codepipeline", lowerCamel: true, title: "CodePipeline" },
  dynamodb: { model: "dynamodb", title: "DynamoDb" },
  eventbridge: { model: "events", title: "EventBridge" },
  kms: { model: "kms", title: "Kms" },
  lambda: { model: "lambda", title: "Lambda" },
  s3: { model: "s3", title: "S3" },
  sagemaker: { model: "sagemaker", title: "SageMaker" },
  sagemakerruntime: { model: "sagemaker-runtime", title: "SageMakerRuntime" },
  scheduler: { model: "scheduler", title: "Scheduler" },
  sfn: { model: "stepfunctions", lowerCamel: true, title: "Sfn" },
  sns: { model: "sns", title: "Sns" },
  sqs: { model: "sqs", title: "Sqs" },
  ssm: { model: "ssm", title: "Ssm" },
};

const optimised: Readonly<Record<string, readonly string[]>> = {
  lambda: ["invoke"],
  sagemaker: [
    "createTrainingJob",
    "createTrainingJob.sync",
    "createTransformJob",
    "createTransformJob.sync",
    "createModel",
    "createEndpointConfig",
    "createEndpoint",
    "updateEndpoint",
  ],
  states: ["startExecution", "startExecution.sync", "startExecution.sync:2"],
  sns: ["publish"],
  sqs: ["sendMessage"],
  events: ["putEvents"],
  dynamodb: ["getItem", "putItem", "updateItem", "deleteItem"],
};

/** What a Task's Resource means; a text with the reason when it is not supported. */
export function parseResource(text: string): Resource | string {
  if (/^arn:aws[\w-]*:lambda:[\w-]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/.test(text))
    return { kind: "lambda", functionArn: text };
  const sdk = /^arn:aws[\w-]*:states:::aws-sdk:(\w+):(\w+)$/.exec(text);
  if (sdk?.[1] && sdk[2]) {
    if (!sdkServices[sdk[1]])
      return `the sandbox has no SDK integration with service ${JSON.stringify(sdk[1])}`;
    return { kind: "sdk", service: sdk[1], action: sdk[2][0]?.toUpperCase() + sdk[2].slice(1) };
  }
  const parts = /^arn:aws[\w-]*:states:::(\w+):(\w+)(?:\.(sync:2|sync|waitForTaskToken))?$/.exec(text);
  const [, service = "", action = "", pattern = ""] = parts ?? [];
  const name = pattern ? `${action}.${pattern}` : action;
  if (!optimised[service]?.includes(name)) {
    const known = Object.entries(optimised).flatMap(([s, actions]) => actions.map((a) => `${s}:${a}`));
    return `expected a Lambda function ARN, aws-sdk:<service>:<action> or one of ${known.join(", ")}`;
  }
  return {
    kind: "optimised",
    service,
    action: action[0]?.toUpperCase() + action.slice(1),
    pattern: pattern as "" | "sync" | "sync:2",
  };
}
