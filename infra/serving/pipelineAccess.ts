import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { accountPrincipal } from "../policy/admission.ts";
import { deliveryRoles } from "../policy/environmentRoles.ts";
import { policyDocument } from "../policy/iam.ts";
import { arnOf, type DeployContext } from "../shared/context.ts";
import { LoggedStateMachine } from "../shared/stateMachine.ts";
import { verifyDefinition } from "./verifyDefinition.ts";

export interface PipelineAccessArgs {
  readonly context: DeployContext;
  readonly environment: string;
  /** Account of the pipelines. */
  readonly foundationAccount: string;
  readonly models: readonly string[];
  readonly rolloutStateMachineArn: pulumi.Output<string>;
  readonly verifyFunctionArn: pulumi.Output<string>;
}

/**
 * How pipelines of another account act in this one: a role that theirs may assume, which starts the rollout and the check of an endpoint
 * and looks at how they go. The check runs as a state machine: a Lambda would answer by a job of the pipeline's account, which nothing says it may.
 */
export class PipelineAccess extends pulumi.ComponentResource {
  readonly actionRoleArn: pulumi.Output<string>;
  readonly verifyStateMachineArn: pulumi.Output<string>;

  constructor(name: string, args: PipelineAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sluice:serving:PipelineAccess", name, {}, opts);
    const { context, environment, verifyFunctionArn } = args;
    const verify = new LoggedStateMachine(
      `${name}-verify`,
      {
        context,
        stateMachineName: `${context.prefix}-${environment}-verify`,
        definition: verifyFunctionArn.apply(verifyDefinition),
        statements: [{ actions: ["lambda:InvokeFunction"], resources: [verifyFunctionArn] }],
      },
      { parent: this },
    );
    this.verifyStateMachineArn = verify.stateMachineArn;
    this.actionRoleArn = this.createRole(name, args, [args.rolloutStateMachineArn, verify.stateMachineArn]);
    this.registerOutputs({ actionRoleArn: this.actionRoleArn });
  }

  private createRole(
    name: string,
    args: PipelineAccessArgs,
    machines: readonly pulumi.Output<string>[],
  ): pulumi.Output<string> {
    const { context, environment } = args;
    const role = new aws.iam.Role(
      `${name}-role`,
      { name: `${context.prefix}-${environment}-pipeline-actions`, assumeRolePolicy: trust(args) },
      { parent: this },
    );
    const policy = new aws.iam.RolePolicy(
      `${name}-policy`,
      {
        role: role.name,
        name: "own",
        policy: policyDocument([
          { actions: ["states:StartExecution", "states:DescribeStateMachine"], resources: machines },
          {
            actions: ["states:DescribeExecution", "states:StopExecution"],
            resources: machines.map((arn) => arnOf.execution(arn)),
          },
        ]),
      },
      { parent: this },
    );
    // A pipeline that is told of the role finds it able to act.
    return pulumi.all([role.arn, policy.id]).apply(([arn]) => arn);
  }
}

/** The pipelines' roles come up after this one: the trust names their account, and them by their ARNs. */
function trust({ context, foundationAccount, models }: PipelineAccessArgs): string {
  const roles = models.map((model) =>
    arnOf.iamRole(
      { ...context, accountId: foundationAccount },
      deliveryRoles.pipeline(context.prefix, model),
    ),
  );
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "PipelinesOfDelivery",
        Effect: "Allow",
        Principal: { AWS: [...new Set(roles.map(accountPrincipal))] },
        Action: "sts:AssumeRole",
        Condition: { ArnEquals: { "aws:PrincipalArn": roles } },
      },
    ],
  });
}
