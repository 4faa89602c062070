/** Step Functions: state machine. */
import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeStateMachineCommand,
  SFNClient,
  UpdateStateMachineCommand,
} from "@aws-sdk/client-sfn";
import type * as aws from "@pulumi/aws";
import { computedReplaces, define, replaces, required, requiredJson } from "../definition.ts";
import { orGone } from "../errors.ts";

/** Id: the ARN. */
const stateMachine = define<aws.sfn.StateMachineArgs, aws.sfn.StateMachineState>(
  "aws:sfn/stateMachine:StateMachine",
  {
    args: { name: replaces, roleArn: required, definition: requiredJson, type: computedReplaces },
    autoName: { property: "name", maxLength: 80 },
    async create(clients, args) {
      const made = await clients.client(SFNClient).send(
        new CreateStateMachineCommand({
          name: args.name,
          roleArn: args.roleArn,
          definition: args.definition,
          type: (args.type as "STANDARD" | undefined) ?? "STANDARD",
        }),
      );
      const arn = made.stateMachineArn as string;
      return {
        id: arn,
        outputs: {
          arn,
          creationDate: made.creationDate?.toISOString() as string,
          status: "ACTIVE",
          type: args.type ?? "STANDARD",
          region: clients.region,
        },
      };
    },
    async read(clients, id) {
      const found = await orGone(
        clients.client(SFNClient).send(new DescribeStateMachineCommand({ stateMachineArn: id })),
      );
      if (!found || found.status === "DELETING") return undefined;
      return {
        arn: id,
        name: found.name as string,
        roleArn: found.roleArn as string,
        definition: found.definition as string,
        type: found.type as string,
        status: found.status as string,
      };
    },
    async update(clients, id, args) {
      await clients.client(SFNClient).send(
        new UpdateStateMachineCommand({
          stateMachineArn: id,
          definition: args.definition,
          roleArn: args.roleArn,
        }),
      );
      return {};
    },
    delete: (clients, id) =>
      orGone(clients.client(SFNClient).send(new DeleteStateMachineCommand({ stateMachineArn: id }))),
  },
);

export const definitions = [stateMachine];
