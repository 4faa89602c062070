import path from "node:path";
import type { SandboxKernel } from "../../kernel/kernel.ts";
import { type Operation, type RequestContext, ServiceError } from "../../kernel/types.ts";
import { type UnpackedCode, unpack } from "./code.ts";
import { describeFunction, type LambdaFunction, tagRecord } from "./functions.ts";
import type { FunctionStore } from "./store.ts";

/** Runtimes that a Node 24 process can stand for. */
const runtimes = ["nodejs22.x", "nodejs24.x"];

interface CodeInput {
  readonly ZipFile?: Uint8Array;
  readonly S3Bucket?: string;
  readonly S3Key?: string;
  readonly S3ObjectVersion?: string;
  readonly ImageUri?: string;
}

/** Create, read, change and delete functions. */
export function functionOperations(
  kernel: SandboxKernel,
  store: FunctionStore,
): Readonly<Record<string, Operation>> {
  const load = async (code: CodeInput, context: RequestContext): Promise<UnpackedCode> => {
    if (code.ImageUri !== undefined) refuse("container images", "ImageUri");
    const zip = code.ZipFile ?? (await fromS3(kernel, code, context));
    return await unpack(zip, path.join(kernel.stateDirectory, "lambda", "code"), code.ZipFile !== undefined);
  };
  return {
    async CreateFunction(input, context) {
      refuseUnsupported(input);
      if (store.has(input.FunctionName))
        throw new ServiceError("ResourceConflictException", `Function already exist: ${input.FunctionName}`, {
          status: 409,
        });
      checkRole(kernel, input.Role);
      const code = await load(input.Code ?? {}, context);
      const name = store.nameOf(input.FunctionName);
      const fn: LambdaFunction = {
        name,
        arn: store.arn(name),
        ...settings(input, { name }),
        role: input.Role,
        ...codeOf(code),
        revision: kernel.uuid(),
        modified: kernel.clock.now(),
        reservedConcurrency: undefined,
        asyncConfig: undefined,
        permissions: new Map(),
        tags: tagRecord(input.Tags),
        inFlight: 0,
        invocations: 0,
        loadMilliseconds: undefined,
      };
      store.add(fn);
      return describeFunction(fn);
    },
    GetFunction: (input) => {
      const fn = store.get(input.FunctionName, input.Qualifier);
      const concurrency =
        fn.reservedConcurrency === undefined
          ? undefined
          : { ReservedConcurrentExecutions: fn.reservedConcurrency };
      return {
        Configuration: describeFunction(fn),
        Code: { RepositoryType: "S3" },
        Tags: fn.tags,
        Concurrency: concurrency,
      };
    },
    GetFunctionConfiguration: (input) => describeFunction(store.get(input.FunctionName, input.Qualifier)),
    ListFunctions: () => ({ Functions: store.all().map(describeFunction) }),
    ListVersionsByFunction: (input) => ({ Versions: [describeFunction(store.get(input.FunctionName))] }),
    async UpdateFunctionCode(input, context) {
      const fn = store.get(input.FunctionName);
      if (input.Publish) refuse("published versions", "Publish");
      const code = await load(input, context);
      if (input.Architectures) fn.architectures = input.Architectures;
      if (!input.DryRun) store.change(fn, codeOf(code));
      return describeFunction(fn);
    },
    UpdateFunctionConfiguration: (input) => {
      refuseUnsupported(input);
      const fn = store.get(input.FunctionName);
      if (input.Role !== undefined) checkRole(kernel, input.Role);
      store.change(fn, { ...settings(input, fn), role: input.Role ?? fn.role });
      return describeFunction(fn);
    },
    DeleteFunction: (input) => {
      store.delete(store.get(input.FunctionName, input.Qualifier));
      return { StatusCode: 204 };
    },
  };
}

function codeOf(code: UnpackedCode): Pick<LambdaFunction, "codeFolder" | "codeSha256" | "codeSize"> {
  return { codeFolder: code.folder, codeSha256: code.sha256, codeSize: code.size };
}

type Settings = Pick<
  LambdaFunction,
  | "runtime"
  | "handler"
  | "timeoutSeconds"
  | "memoryMegabytes"
  | "ephemeralMegabytes"
  | "description"
  | "architectures"
  | "environment"
  | "deadLetterArn"
  | "tracingMode"
  | "kmsKeyArn"
  | "logging"
>;

/** The settings that an input asks for, over those that are. AWS's defaults: 3 s, 128 MB, 512 MB of /tmp. */
function settings(
  input: Parameters<Operation>[0],
  known: Partial<Settings> & { readonly name: string },
): Settings {
  const timeoutSeconds: number = input.Timeout ?? known.timeoutSeconds ?? 3;
  if (timeoutSeconds > 900)
    throw new ServiceError(
      "InvalidParameterValueException",
      `Timeout: expected at most 900 seconds, got ${timeoutSeconds}`,
    );
  const environment: Record<string, string> = input.Environment
    ? (input.Environment.Variables ?? {})
    : (known.environment ?? {});
  checkEnvironment(environment);
  const deadLetterArn = input.DeadLetterConfig
    ? input.DeadLetterConfig.TargetArn || undefined
    : known.deadLetterArn;
  return {
    runtime: input.Runtime ?? known.runtime ?? "",
    handler: input.Handler ?? known.handler ?? "",
    timeoutSeconds,
    memoryMegabytes: input.MemorySize ?? known.memoryMegabytes ?? 128,
    ephemeralMegabytes: input.EphemeralStorage?.Size ?? known.ephemeralMegabytes ?? 512,
    description: input.Description ?? known.description ?? "",
    architectures: input.Architectures ?? known.architectures ?? ["x86_64"],
    environment,
    deadLetterArn,
    tracingMode: input.TracingConfig?.Mode ?? known.tracingMode ?? "PassThrough",
    kmsKeyArn: input.KMSKeyArn === undefined ? known.kmsKeyArn : input.KMSKeyArn || undefined,
    logging: input.LoggingConfig
      ? {
          format: input.LoggingConfig.LogFormat ?? "Text",
          group: input.LoggingConfig.LogGroup ?? `/aws/lambda/${known.name}`,
        }
      : (known.logging ?? { format: "Text", group: `/aws/lambda/${known.name}` }),
  };
}

const reservedNames =
  /^(_HANDLER|_X_AMZN_TRACE_ID|AWS_(DEFAULT_)?REGION|AWS_EXECUTION_ENV|AWS_LAMBDA_.*|AWS_ACCESS_KEY(_ID)?|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|LAMBDA_TASK_ROOT|LAMBDA_RUNTIME_DIR)$/;
const environmentBytes = 4_096;

function checkEnvironment(variables: Readonly<Record<string, string>>): void {
  const reserved = Object.keys(variables).filter((name) => reservedNames.test(name));
  if (reserved.length > 0)
    throw new ServiceError(
      "InvalidParameterValueException",
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(", ")}`,
    );
  const size = Buffer.byteLength(JSON.stringify(variables));
  if (size > environmentBytes)
    throw new ServiceError(
      "InvalidParameterValueException",
      `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: ${size} bytes`,
    );
}

function refuseUnsupported(input: Record<string, unknown>): void {
  const runtime = input.Runtime as string | undefined;
  if (runtime !== undefined && !runtimes.includes(runtime))
    refuse(`runtime ${runtime}; use ${runtimes.join(" or ")}`, "Runtime");
  if (input.PackageType === "Image") refuse("container images", "PackageType");
  if (input.Publish === true) refuse("published versions", "Publish");
  if (Array.isArray(input.Layers) && input.Layers.length > 0) refuse("layers", "Layers");
  if (Array.isArray(input.FileSystemConfigs) && input.FileSystemConfigs.length > 0)
    refuse("file systems", "FileSystemConfigs");
  const network = input.VpcConfig as { SubnetIds?: readonly string[] } | undefined;
  if ((network?.SubnetIds ?? []).length > 0) refuse("functions in a VPC", "VpcConfig");
  const snapStart = input.SnapStart as { ApplyOn?: string } | undefined;
  if (snapStart?.ApplyOn === "PublishedVersions") refuse("SnapStart", "SnapStart");
  if (input.DurableConfig !== undefined) refuse("durable functions", "DurableConfig");
}

function refuse(what: string, field: string): never {
  throw new ServiceError("NotImplemented", `the Sluice sandbox does not support lambda: ${what} (${field})`, {
    status: 501,
  });
}

function checkRole(kernel: SandboxKernel, role: string): void {
  if (!kernel.canAssume(role, "lambda.amazonaws.com"))
    throw new ServiceError(
      "InvalidParameterValueException",
      "The role defined for the function cannot be assumed by Lambda.",
    );
}

async function fromS3(kernel: SandboxKernel, code: CodeInput, context: RequestContext): Promise<Uint8Array> {
  if (code.S3Bucket === undefined || code.S3Key === undefined)
    throw new ServiceError("InvalidParameterValueException", "code: expected ZipFile, or S3Bucket and S3Key");
  return await kernel.readObject(
    `s3://${code.S3Bucket}/${code.S3Key}`,
    code.S3ObjectVersion,
    context.caller.principalArn,
  );
}
