import type { Tag } from "../../kernel/iam/store.ts";

/** A function as the service keeps it. */
export interface LambdaFunction {
  readonly name: string;
  readonly arn: string;
  role: string;
  runtime: string;
  handler: string;
  timeoutSeconds: number;
  memoryMegabytes: number;
  ephemeralMegabytes: number;
  description: string;
  architectures: readonly string[];
  environment: Readonly<Record<string, string>>;
  deadLetterArn: string | undefined;
  tracingMode: string;
  kmsKeyArn: string | undefined;
  logging: { readonly format: "Text" | "JSON"; readonly group: string };
  codeSha256: string;
  codeSize: number;
  /** Folder with the unpacked bundle. */
  codeFolder: string;
  revision: string;
  modified: number;
  reservedConcurrency: number | undefined;
  asyncConfig: AsyncConfig | undefined;
  /** Statements of the resource policy by their Sid. */
  readonly permissions: Map<string, object>;
  tags: Record<string, string>;
  /** Invocations that run now. */
  inFlight: number;
  /** Invocations so far: what is called often stays warm. */
  invocations: number;
  /** Real milliseconds that the newest process needed to load the bundle. */
  loadMilliseconds: number | undefined;
}

export interface AsyncConfig {
  readonly maximumRetryAttempts: number | undefined;
  readonly maximumEventAgeSeconds: number | undefined;
  readonly onFailure: string | undefined;
  readonly onSuccess: string | undefined;
  readonly modified: number;
}

/** A function's configuration as AWS answers it. */
export function describeFunction(fn: LambdaFunction): Record<string, unknown> {
  return {
    FunctionName: fn.name,
    FunctionArn: fn.arn,
    Runtime: fn.runtime,
    Role: fn.role,
    Handler: fn.handler,
    CodeSize: fn.codeSize,
    Description: fn.description,
    Timeout: fn.timeoutSeconds,
    MemorySize: fn.memoryMegabytes,
    LastModified: new Date(fn.modified).toISOString().replace("Z", "+0000"),
    CodeSha256: fn.codeSha256,
    Version: "$LATEST",
    Environment: Object.keys(fn.environment).length > 0 ? { Variables: fn.environment } : undefined,
    DeadLetterConfig: fn.deadLetterArn === undefined ? undefined : { TargetArn: fn.deadLetterArn },
    KMSKeyArn: fn.kmsKeyArn,
    TracingConfig: { Mode: fn.tracingMode },
    RevisionId: fn.revision,
    State: "Active",
    LastUpdateStatus: "Successful",
    PackageType: "Zip",
    Architectures: fn.architectures,
    EphemeralStorage: { Size: fn.ephemeralMegabytes },
    SnapStart: { ApplyOn: "None", OptimizationStatus: "Off" },
    RuntimeVersionConfig: {
      RuntimeVersionArn: `${fn.arn.replace(/:function:.*/, "")}::runtime:${fn.runtime}`,
    },
    LoggingConfig: { LogFormat: fn.logging.format, LogGroup: fn.logging.group },
  };
}

export function describeAsyncConfig(fn: LambdaFunction, config: AsyncConfig): Record<string, unknown> {
  return {
    FunctionArn: `${fn.arn}:$LATEST`,
    LastModified: config.modified,
    MaximumRetryAttempts: config.maximumRetryAttempts,
    MaximumEventAgeInSeconds: config.maximumEventAgeSeconds,
    DestinationConfig: {
      OnSuccess: config.onSuccess === undefined ? {} : { Destination: config.onSuccess },
      OnFailure: config.onFailure === undefined ? {} : { Destination: config.onFailure },
    },
  };
}

export function tagRecord(
  tags: readonly Tag[] | Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  if (!tags) return {};
  return Array.isArray(tags)
    ? Object.fromEntries(tags.map((tag: Tag) => [tag.Key, tag.Value]))
    : { ...(tags as Record<string, string>) };
}
