import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { EnvironmentOf, LambdaName } from "../../contracts/environment.ts";
import { policyDocument, type Statement, trustPolicy } from "../policy/iam.ts";
import { arnOf, type DeployContext } from "./context.ts";

type Values<T> = { readonly [Key in keyof T]: pulumi.Input<string> };

export interface LambdaFunctionArgs<Name extends LambdaName> {
  readonly context: DeployContext;
  readonly lambda: Name;
  /** Folder of the built bundle: one `index.mjs`. */
  readonly bundle: string;
  /** Exactly what the handler reads; the service name is added. */
  readonly environment: Omit<Values<EnvironmentOf<Name>>, "POWERTOOLS_SERVICE_NAME">;
  readonly permissions: readonly Statement[];
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
  /** Key that encrypts the environment, the log group's and the dead letters' messages. */
  readonly kmsKeyArn: pulumi.Input<string>;
  /** Where events go that failed all retries. */
  readonly deadLetterArn: pulumi.Input<string>;
}

/**
 * One Lambda with a role of its own that allows what is listed here and its own logs, nothing else. Events that fail all retries go to
 * the dead-letter queue. Costs nothing while idle, except the log group's storage.
 */
export class LambdaFunction<Name extends LambdaName> extends pulumi.ComponentResource {
  readonly functionName: pulumi.Output<string>;
  readonly functionArn: pulumi.Output<string>;
  readonly roleName: pulumi.Output<string>;

  constructor(name: string, args: LambdaFunctionArgs<Name>, opts?: pulumi.ComponentResourceOptions) {
    super("sluice:shared:LambdaFunction", name, {}, opts);
    const { context } = args;
    const functionName = name;
    const role = new aws.iam.Role(
      `${name}-role`,
      { name: `${name}`, assumeRolePolicy: trustPolicy(["lambda.amazonaws.com"], context.accountId) },
      { parent: this },
    );
    const logGroup = new aws.cloudwatch.LogGroup(
      `${name}-logs`,
      { name: `/aws/lambda/${functionName}`, retentionInDays: context.logRetentionDays },
      { parent: this },
    );
    const policy = new aws.iam.RolePolicy(
      `${name}-policy`,
      {
        role: role.name,
        name: "own",
        policy: policyDocument([
          ...args.permissions,
          {
            actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
            resources: [arnOf.logGroup(context, `/aws/lambda/${functionName}`)],
          },
          { actions: ["sqs:SendMessage"], resources: [args.deadLetterArn] },
          { actions: ["kms:Decrypt", "kms:GenerateDataKey"], resources: [args.kmsKeyArn] },
        ]),
      },
      { parent: this },
    );
    const lambda = new aws.lambda.Function(
      `${name}-function`,
      {
        name: functionName,
        role: role.arn,
        runtime: "nodejs24.x",
        handler: "index.handler",
        architectures: ["arm64"],
        code: new pulumi.asset.FileArchive(args.bundle),
        timeout: args.timeoutSeconds,
        memorySize: args.memoryMegabytes,
        kmsKeyArn: args.kmsKeyArn,
        environment: {
          variables: {
            ...(args.environment as Record<string, pulumi.Input<string>>),
            POWERTOOLS_SERVICE_NAME: args.lambda,
          },
        },
        loggingConfig: { logFormat: "Text", logGroup: logGroup.name },
      },
      { parent: this, dependsOn: [policy] },
    );
    new aws.lambda.FunctionEventInvokeConfig(
      `${name}-invoke`,
      {
        functionName: lambda.name,
        // A process that dies half way is run again: every handler is idempotent under its business key.
        maximumRetryAttempts: 2,
        maximumEventAgeInSeconds: 21_600,
        destinationConfig: { onFailure: { destination: args.deadLetterArn } },
      },
      { parent: this },
    );
    this.functionName = lambda.name;
    this.functionArn = lambda.arn;
    this.roleName = role.name;
    this.registerOutputs({
      functionName: this.functionName,
      functionArn: this.functionArn,
      roleName: this.roleName,
    });
  }

  /** Lets one AWS service invoke the function, on behalf of one source only. */
  allow(service: string, name: string, sourceArn: pulumi.Input<string>): aws.lambda.Permission {
    return new aws.lambda.Permission(
      name,
      { action: "lambda:InvokeFunction", function: this.functionName, principal: service, sourceArn },
      { parent: this },
    );
  }
}
