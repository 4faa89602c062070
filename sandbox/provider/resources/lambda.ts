/** Lambda: function, asynchronous invocation settings, permission. */
import {
  AddPermissionCommand,
  type Architecture,
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  DeleteFunctionCommand,
  DeleteFunctionEventInvokeConfigCommand,
  type FunctionConfiguration,
  GetFunctionCommand,
  GetFunctionEventInvokeConfigCommand,
  GetPolicyCommand,
  LambdaClient,
  PutFunctionEventInvokeConfigCommand,
  RemovePermissionCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import type * as aws from "@pulumi/aws";
import { assetBytes, assetHash } from "../assets.ts";
import type { AwsClients } from "../clients.ts";
import { fromAws, toAws } from "../convert.ts";
import {
  computed,
  computedReplaces,
  define,
  optional,
  replaces,
  required,
  requiredReplaces,
} from "../definition.ts";
import { orGone } from "../errors.ts";

const functionOutputs = (clients: AwsClients, live: FunctionConfiguration) => {
  const arn = live.FunctionArn as string;
  return {
    arn,
    invokeArn: `arn:aws:apigateway:${clients.region}:lambda:path/2015-03-31/functions/${arn}/invocations`,
    qualifiedArn: `${arn}:${live.Version ?? "$LATEST"}`,
    version: live.Version ?? "$LATEST",
    codeSha256: live.CodeSha256 as string,
    lastModified: live.LastModified as string,
    sourceCodeSize: live.CodeSize as number,
    memorySize: live.MemorySize as number,
    timeout: live.Timeout as number,
    architectures: (live.Architectures ?? ["x86_64"]) as string[],
    packageType: live.PackageType ?? "Zip",
    ephemeralStorage: { size: live.EphemeralStorage?.Size ?? 512 },
    region: clients.region,
  };
};

/** Arguments that CreateFunction and UpdateFunctionConfiguration share, by the provider's names. */
const CONFIGURATION = [
  "role",
  "handler",
  "runtime",
  "description",
  "timeout",
  "memorySize",
  "environment",
  "kmsKeyArn",
  "loggingConfig",
  "ephemeralStorage",
  "deadLetterConfig",
] as const;
const LAMBDA = { rename: { kmsKeyArn: "KMSKeyArn" }, maps: ["variables"] };

const configuration = (args: Readonly<Record<string, unknown>>): Partial<CreateFunctionCommandInput> =>
  toAws(Object.fromEntries(CONFIGURATION.map((key) => [key, args[key]])), LAMBDA);

const lambdaFunction = define<aws.lambda.FunctionArgs, aws.lambda.FunctionState>(
  "aws:lambda/function:Function",
  {
    args: {
      name: replaces,
      role: required,
      code: optional,
      handler: optional,
      runtime: optional,
      architectures: computed,
      description: optional,
      timeout: computed,
      memorySize: computed,
      environment: optional,
      kmsKeyArn: optional,
      loggingConfig: optional,
      ephemeralStorage: computed,
      deadLetterConfig: optional,
      packageType: computedReplaces,
    },
    autoName: { property: "name", maxLength: 64 },
    async create(clients, args) {
      const given = args as Readonly<Record<string, unknown>>;
      const made = await clients.client(LambdaClient).send(
        new CreateFunctionCommand({
          ...(configuration(given) as CreateFunctionCommandInput),
          FunctionName: args.name,
          Code: { ZipFile: assetBytes(args.code) },
          ...(args.architectures ? { Architectures: args.architectures as Architecture[] } : {}),
        }),
      );
      return { id: args.name as string, outputs: functionOutputs(clients, made) };
    },
    async read(clients, id) {
      const found = await orGone(
        clients.client(LambdaClient).send(new GetFunctionCommand({ FunctionName: id })),
      );
      const live = found?.Configuration;
      if (!live) return undefined;
      const all = fromAws<Record<string, unknown>>(live, LAMBDA);
      return {
        ...Object.fromEntries(CONFIGURATION.map((key) => [key, all[key]])),
        ...functionOutputs(clients, live),
        name: id,
      };
    },
    async update(clients, id, args, state) {
      const client = clients.client(LambdaClient);
      const given = args as Readonly<Record<string, unknown>>;
      let live: FunctionConfiguration = await client.send(
        new UpdateFunctionConfigurationCommand({ ...configuration(given), FunctionName: id }),
      );
      if (assetHash(args.code) !== assetHash(state.code))
        live = await client.send(
          new UpdateFunctionCodeCommand({
            FunctionName: id,
            ZipFile: assetBytes(args.code),
            ...(args.architectures ? { Architectures: args.architectures as Architecture[] } : {}),
          }),
        );
      return functionOutputs(clients, live);
    },
    delete: (clients, id) =>
      orGone(clients.client(LambdaClient).send(new DeleteFunctionCommand({ FunctionName: id }))),
  },
);

const putInvokeConfig = async (
  clients: AwsClients,
  args: Readonly<Record<string, unknown>>,
): Promise<{ region: string }> => {
  await clients.client(LambdaClient).send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName: args.functionName as string,
      ...(args.qualifier ? { Qualifier: args.qualifier as string } : {}),
      ...toAws<object>({
        maximumRetryAttempts: args.maximumRetryAttempts,
        maximumEventAgeInSeconds: args.maximumEventAgeInSeconds,
        destinationConfig: args.destinationConfig,
      }),
    }),
  );
  return { region: clients.region };
};

const invokeConfig = define<
  aws.lambda.FunctionEventInvokeConfigArgs,
  aws.lambda.FunctionEventInvokeConfigState
>("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", {
  args: {
    functionName: requiredReplaces,
    qualifier: replaces,
    maximumEventAgeInSeconds: optional,
    maximumRetryAttempts: optional,
    destinationConfig: optional,
  },
  create: async (clients, args) => ({
    id: args.qualifier ? `${args.functionName}:${args.qualifier}` : args.functionName,
    outputs: await putInvokeConfig(clients, args),
  }),
  async read(clients, _id, state) {
    const found = await orGone(
      clients.client(LambdaClient).send(
        new GetFunctionEventInvokeConfigCommand({
          FunctionName: state.functionName as string,
          ...(state.qualifier ? { Qualifier: state.qualifier } : {}),
        }),
      ),
    );
    if (!found) return undefined;
    return fromAws<object>({
      MaximumRetryAttempts: found.MaximumRetryAttempts,
      MaximumEventAgeInSeconds: found.MaximumEventAgeInSeconds,
      DestinationConfig: found.DestinationConfig,
      FunctionName: state.functionName,
    });
  },
  update: (clients, _id, args) => putInvokeConfig(clients, args),
  delete: (clients, _id, state) =>
    orGone(
      clients.client(LambdaClient).send(
        new DeleteFunctionEventInvokeConfigCommand({
          FunctionName: state.functionName as string,
          ...(state.qualifier ? { Qualifier: state.qualifier } : {}),
        }),
      ),
    ),
});

/** Id: the statement id. */
const permission = define<aws.lambda.PermissionArgs, aws.lambda.PermissionState>(
  "aws:lambda/permission:Permission",
  {
    args: {
      action: requiredReplaces,
      function: requiredReplaces,
      principal: requiredReplaces,
      sourceArn: replaces,
      sourceAccount: replaces,
      statementId: replaces,
      qualifier: replaces,
    },
    autoName: { property: "statementId", maxLength: 100 },
    async create(clients, args) {
      await clients.client(LambdaClient).send(
        new AddPermissionCommand({
          FunctionName: args.function as string,
          StatementId: args.statementId as string,
          Action: args.action,
          Principal: args.principal,
          ...(args.sourceArn ? { SourceArn: args.sourceArn } : {}),
          ...(args.sourceAccount ? { SourceAccount: args.sourceAccount } : {}),
          ...(args.qualifier ? { Qualifier: args.qualifier } : {}),
        }),
      );
      return { id: args.statementId as string, outputs: { region: clients.region } };
    },
    async read(clients, id, state) {
      const found = await orGone(
        clients.client(LambdaClient).send(new GetPolicyCommand({ FunctionName: state.function as string })),
      );
      const policy = JSON.parse(found?.Policy ?? "{}") as { Statement?: { Sid?: string }[] };
      return policy.Statement?.some(({ Sid }) => Sid === id) ? state : undefined;
    },
    delete: (clients, id, state) =>
      orGone(
        clients
          .client(LambdaClient)
          .send(new RemovePermissionCommand({ FunctionName: state.function as string, StatementId: id })),
      ),
  },
);

export const definitions = [lambdaFunction, invokeConfig, permission];
