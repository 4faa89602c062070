/** EventBridge Scheduler: schedule. */
import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  GetScheduleCommand,
  SchedulerClient,
  UpdateScheduleCommand,
} from "@aws-sdk/client-scheduler";
import type * as aws from "@pulumi/aws";
import { fromAws, toAws } from "../convert.ts";
import { computed, computedReplaces, define, optional, replaces, required } from "../definition.ts";
import { orGone } from "../errors.ts";

const request = (args: object): CreateScheduleCommandInput => {
  const { startDate, endDate, ...rest } = args as Record<string, unknown>;
  return {
    ...toAws<CreateScheduleCommandInput>(rest),
    ...(startDate ? { StartDate: new Date(startDate as string) } : {}),
    ...(endDate ? { EndDate: new Date(endDate as string) } : {}),
  };
};

/** Id: `group/name`. */
const schedule = define<aws.scheduler.ScheduleArgs, aws.scheduler.ScheduleState>(
  "aws:scheduler/schedule:Schedule",
  {
    args: {
      name: replaces,
      groupName: computedReplaces,
      scheduleExpression: required,
      scheduleExpressionTimezone: computed,
      flexibleTimeWindow: required,
      target: required,
      state: computed,
      description: optional,
      startDate: optional,
      endDate: optional,
      kmsKeyArn: optional,
    },
    autoName: { property: "name", maxLength: 64 },
    async create(clients, args) {
      const made = await clients.client(SchedulerClient).send(new CreateScheduleCommand(request(args)));
      const groupName = args.groupName ?? "default";
      return {
        id: `${groupName}/${args.name}`,
        outputs: {
          arn: made.ScheduleArn as string,
          groupName,
          state: args.state ?? "ENABLED",
          actionAfterCompletion: "NONE",
          scheduleExpressionTimezone: args.scheduleExpressionTimezone ?? "UTC",
          region: clients.region,
        },
      };
    },
    async read(clients, id) {
      const [GroupName, Name] = id.split("/");
      const found = await orGone(
        clients.client(SchedulerClient).send(new GetScheduleCommand({ GroupName, Name: Name as string })),
      );
      if (!found) return undefined;
      const { $metadata: _, CreationDate, LastModificationDate, StartDate, EndDate, ...live } = found;
      return {
        ...fromAws<object>(live),
        ...(StartDate ? { startDate: StartDate.toISOString() } : {}),
        ...(EndDate ? { endDate: EndDate.toISOString() } : {}),
      };
    },
    async update(clients, id, args) {
      await clients
        .client(SchedulerClient)
        .send(new UpdateScheduleCommand({ ...request(args), GroupName: id.split("/")[0] }));
      return {};
    },
    delete(clients, id) {
      const [GroupName, Name] = id.split("/");
      return orGone(
        clients.client(SchedulerClient).send(new DeleteScheduleCommand({ GroupName, Name: Name as string })),
      );
    },
  },
);

export const definitions = [schedule];
