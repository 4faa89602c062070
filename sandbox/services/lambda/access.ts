import type { SandboxKernel } from "../../kernel/kernel.ts";
import { type Operation, ServiceError } from "../../kernel/types.ts";
import { type AsyncConfig, describeAsyncConfig, type LambdaFunction, tagRecord } from "./functions.ts";
import type { FunctionStore } from "./store.ts";

/** Resource policy, asynchronous configuration, concurrency, tags, and what a provider reads besides. */
export function accessOperations(
  kernel: SandboxKernel,
  store: FunctionStore,
): Readonly<Record<string, Operation>> {
  return {
    ...permissionOperations(kernel, store),
    ...asyncOperations(kernel, store),
    ...otherOperations(store),
  };
}

function permissionOperations(
  kernel: SandboxKernel,
  store: FunctionStore,
): Readonly<Record<string, Operation>> {
  return {
    AddPermission: (input) => {
      const fn = store.get(input.FunctionName, input.Qualifier);
      if (fn.permissions.has(input.StatementId))
        throw new ServiceError(
          "ResourceConflictException",
          `The statement id (${input.StatementId}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
          { status: 409 },
        );
      const statement = permissionStatement(kernel, fn, input);
      fn.permissions.set(input.StatementId, statement);
      return { Statement: JSON.stringify(statement) };
    },
    RemovePermission: (input) => {
      const fn = store.get(input.FunctionName, input.Qualifier);
      if (!fn.permissions.delete(input.StatementId))
        throw notFound(`Statement ${input.StatementId} is not found in resource policy.`);
    },
    GetPolicy: (input) => {
      const fn = store.get(input.FunctionName, input.Qualifier);
      if (fn.permissions.size === 0) throw notFound("The resource you requested does not exist.");
      const document = { Version: "2012-10-17", Id: "default", Statement: [...fn.permissions.values()] };
      return { Policy: JSON.stringify(document), RevisionId: fn.revision };
    },
  };
}

function permissionStatement(
  kernel: SandboxKernel,
  fn: LambdaFunction,
  input: Parameters<Operation>[0],
): object {
  const service = String(input.Principal).endsWith(".amazonaws.com");
  const account = /^\d{12}$/.test(input.Principal);
  const principal = service
    ? { Service: input.Principal }
    : input.Principal === "*"
      ? "*"
      : { AWS: account ? `arn:aws:iam::${input.Principal}:root` : input.Principal };
  const conditions = {
    ...(input.SourceArn === undefined ? {} : { ArnLike: { "AWS:SourceArn": input.SourceArn } }),
    ...(input.SourceAccount === undefined
      ? {}
      : { StringEquals: { "AWS:SourceAccount": input.SourceAccount } }),
  };
  if (!service && principal !== "*" && !account && !kernel.iam.roleByArn(input.Principal))
    throw new ServiceError(
      "InvalidParameterValueException",
      `The provided principal was invalid: ${input.Principal}. Please check the principal and try again.`,
    );
  return {
    Sid: input.StatementId,
    Effect: "Allow",
    Principal: principal,
    Action: input.Action,
    Resource: fn.arn,
    ...(Object.keys(conditions).length > 0 ? { Condition: conditions } : {}),
  };
}

function asyncOperations(kernel: SandboxKernel, store: FunctionStore): Readonly<Record<string, Operation>> {
  const put = (fn: LambdaFunction, input: Parameters<Operation>[0], base: AsyncConfig | undefined) => {
    const destination = (kind: "OnSuccess" | "OnFailure", known: string | undefined) =>
      input.DestinationConfig === undefined
        ? known
        : (input.DestinationConfig[kind]?.Destination ?? undefined);
    const config: AsyncConfig = {
      maximumRetryAttempts: input.MaximumRetryAttempts ?? base?.maximumRetryAttempts,
      maximumEventAgeSeconds: input.MaximumEventAgeInSeconds ?? base?.maximumEventAgeSeconds,
      onSuccess: destination("OnSuccess", base?.onSuccess),
      onFailure: destination("OnFailure", base?.onFailure),
      modified: kernel.clock.now(),
    };
    checkDestination(kernel, fn, config);
    fn.asyncConfig = config;
    return describeAsyncConfig(fn, config);
  };
  const configOf = (fn: LambdaFunction): AsyncConfig => {
    if (fn.asyncConfig) return fn.asyncConfig;
    throw notFound(`The function ${fn.arn} doesn't have an EventInvokeConfig`);
  };
  return {
    PutFunctionEventInvokeConfig: (input) =>
      put(store.get(input.FunctionName, input.Qualifier), input, undefined),
    UpdateFunctionEventInvokeConfig: (input) => {
      const fn = store.get(input.FunctionName, input.Qualifier);
      return put(fn, input, configOf(fn));
    },
    GetFunctionEventInvokeConfig: (input) => {
      const fn = store.get(input.FunctionName, input.Qualifier);
      return describeAsyncConfig(fn, configOf(fn));
    },
    DeleteFunctionEventInvokeConfig: (input) => {
      const fn = store.get(input.FunctionName, input.Qualifier);
      configOf(fn);
      fn.asyncConfig = undefined;
    },
    ListFunctionEventInvokeConfigs: (input) => {
      const fn = store.get(input.FunctionName);
      return { FunctionEventInvokeConfigs: fn.asyncConfig ? [describeAsyncConfig(fn, fn.asyncConfig)] : [] };
    },
  };
}

const sendActions: Readonly<Record<string, string>> = {
  sqs: "sqs:SendMessage",
  sns: "sns:Publish",
  lambda: "lambda:InvokeFunction",
  events: "events:PutEvents",
};

/** As AWS does: the function's role must be able to write to the destination when it is configured. */
function checkDestination(kernel: SandboxKernel, fn: LambdaFunction, config: AsyncConfig): void {
  for (const target of [config.onFailure, config.onSuccess]) {
    if (target === undefined) continue;
    const action = sendActions[target.split(":")[2] ?? ""];
    if (action === undefined)
      throw new ServiceError(
        "NotImplemented",
        `the Sluice sandbox does not support lambda destination ${target}; use SQS, SNS, Lambda or EventBridge`,
        { status: 501 },
      );
    if (!kernel.mayDo(fn.role, action, target))
      throw new ServiceError(
        "InvalidParameterValueException",
        `The function's execution role does not have permissions to call ${action.split(":")[1]} on ${target}`,
      );
  }
}

function otherOperations(store: FunctionStore): Readonly<Record<string, Operation>> {
  return {
    PutFunctionConcurrency: (input) => {
      const fn = store.get(input.FunctionName);
      fn.reservedConcurrency = input.ReservedConcurrentExecutions;
      return { ReservedConcurrentExecutions: fn.reservedConcurrency };
    },
    GetFunctionConcurrency: (input) => ({
      ReservedConcurrentExecutions: store.get(input.FunctionName).reservedConcurrency,
    }),
    DeleteFunctionConcurrency: (input) => {
      store.get(input.FunctionName).reservedConcurrency = undefined;
    },
    TagResource: (input) => {
      const fn = store.get(input.Resource);
      fn.tags = { ...fn.tags, ...tagRecord(input.Tags) };
    },
    UntagResource: (input) => {
      const fn = store.get(input.Resource);
      fn.tags = Object.fromEntries(Object.entries(fn.tags).filter(([key]) => !input.TagKeys.includes(key)));
    },
    ListTags: (input) => ({ Tags: store.get(input.Resource).tags }),
    GetFunctionCodeSigningConfig: (input) => ({ FunctionName: store.get(input.FunctionName).name }),
    GetFunctionRecursionConfig: (input) => {
      store.get(input.FunctionName);
      return { RecursiveLoop: "Terminate" };
    },
    GetRuntimeManagementConfig: (input) => ({
      UpdateRuntimeOn: "Auto",
      FunctionArn: store.get(input.FunctionName).arn,
    }),
    ListAliases: (input) => {
      store.get(input.FunctionName);
      return { Aliases: [] };
    },
    ListEventSourceMappings: () => ({ EventSourceMappings: [] }),
  };
}

function notFound(message: string): ServiceError {
  return new ServiceError("ResourceNotFoundException", message, { status: 404, fields: { Type: "User" } });
}
