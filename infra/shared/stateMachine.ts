import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyDocument, trustPolicy } from "../policy/iam.ts";
import type { DeployContext } from "./context.ts";

export interface StateMachineArgs {
  readonly context: DeployContext;
  readonly stateMachineName: string;
  readonly definition: pulumi.Input<string>;
  readonly statements: Parameters<typeof policyDocument>[0];
}

/** A standard state machine with its own role. Costs 0.025 USD per 1,000 transitions; idle costs nothing. */
export class LoggedStateMachine extends pulumi.ComponentResource {
  readonly stateMachineArn: pulumi.Output<string>;

  constructor(name: string, args: StateMachineArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sluice:shared:LoggedStateMachine", name, {}, opts);
    const { context } = args;
    const role = new aws.iam.Role(
      `${name}-role`,
      {
        name: `${args.stateMachineName}-states`,
        assumeRolePolicy: trustPolicy(["states.amazonaws.com"], context.accountId),
      },
      { parent: this },
    );
    const policy = new aws.iam.RolePolicy(
      `${name}-policy`,
      { role: role.name, name: "own", policy: policyDocument(args.statements) },
      { parent: this },
    );
    const machine = new aws.sfn.StateMachine(
      `${name}-machine`,
      { name: args.stateMachineName, roleArn: role.arn, type: "STANDARD", definition: args.definition },
      { parent: this, dependsOn: [policy] },
    );
    this.stateMachineArn = machine.arn;
    this.registerOutputs({ stateMachineArn: this.stateMachineArn });
  }
}

/** ARN of a state machine before it exists: its definition may name itself. */
export const stateMachineArn = (context: DeployContext, name: string): string =>
  `arn:${context.partition}:states:${context.region}:${context.accountId}:stateMachine:${name}`;
