/** Answers alarms: one alarm, one cause, one remedy (core/remediation). A sweep asks again for alarms that stay open. */
import { createHash } from "node:crypto";
import { type CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { type EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { type SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { PublishCommand, type SNSClient } from "@aws-sdk/client-sns";
import * as z from "zod";
import type { EnvironmentOf } from "../../contracts/environment.ts";
import { EVENT_SOURCE, RETRAINING_REQUESTED, type RetrainingRequested } from "../../contracts/events.ts";
import { readResolvedSpec } from "../../contracts/modelSpec.ts";
import { keys, type LiveRecord, type ReleaseRecord, type RolloutRecord } from "../../contracts/records.ts";
import { ALARM_KINDS, type AlarmKind, decideRemedy, type Remedy } from "../../core/remediation/decide.ts";
import { isFinished } from "../../core/rollout/advance.ts";
import { SluiceError } from "../shared/errors.ts";
import { parseInput } from "../shared/input.ts";
import type { Log } from "../shared/logger.ts";
import type { Objects } from "../shared/objects.ts";
import { mustLoad, type Records } from "../shared/records.ts";

export interface Dependencies {
  readonly environment: EnvironmentOf<"remediate">;
  readonly records: Records;
  readonly objects: Objects;
  readonly cloudwatch: Pick<CloudWatchClient, "send">;
  readonly eventbridge: Pick<EventBridgeClient, "send">;
  readonly states: Pick<SFNClient, "send">;
  readonly sns: Pick<SNSClient, "send">;
  readonly log: Log;
  readonly now: () => Date;
}

const alarmEvent = z.object({
  alarmData: z.object({
    alarmName: z.string(),
    state: z.object({ value: z.string(), timestamp: z.string(), reason: z.string().default("") }),
  }),
});
const sweepEvent = z.object({ sweep: z.literal(true) });

interface OpenAlarm {
  readonly alarmName: string;
  readonly since: string;
  readonly reason: string;
}

export function createHandler(dependencies: Dependencies) {
  return async (event: unknown): Promise<{ answered: number }> => {
    if (sweepEvent.safeParse(event).success) {
      const open = await openAlarms(dependencies);
      for (const alarm of open) await answer(dependencies, alarm, true);
      return { answered: open.length };
    }
    const { alarmData } = parseInput("alarm event", alarmEvent, event);
    if (alarmData.state.value !== "ALARM") return { answered: 0 };
    await answer(
      dependencies,
      { alarmName: alarmData.alarmName, since: alarmData.state.timestamp, reason: alarmData.state.reason },
      false,
    );
    return { answered: 1 };
  };
}

async function openAlarms({ cloudwatch, environment }: Dependencies): Promise<OpenAlarm[]> {
  const open: OpenAlarm[] = [];
  let NextToken: string | undefined;
  do {
    const page = await cloudwatch.send(
      new DescribeAlarmsCommand({
        AlarmNamePrefix: environment.ALARM_PREFIX,
        StateValue: "ALARM",
        NextToken,
      }),
    );
    for (const alarm of page.MetricAlarms ?? [])
      open.push({
        alarmName: alarm.AlarmName ?? "",
        since: (alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp ?? new Date(0)).toISOString(),
        reason: alarm.StateReason ?? "",
      });
    NextToken = page.NextToken;
  } while (NextToken);
  return open;
}

async function answer(dependencies: Dependencies, alarm: OpenAlarm, isSweep: boolean): Promise<void> {
  const { environment, records, objects, log, now } = dependencies;
  const parsed = parseAlarmName(alarm.alarmName, environment.ALARM_PREFIX);
  if (!parsed) {
    log.warn("alarm of another kind", { alarmName: alarm.alarmName });
    return;
  }
  const { modelName, kind } = parsed;
  const [rollout, live] = await Promise.all([
    records.load<RolloutRecord>(keys.rollout(environment.ENVIRONMENT_NAME, modelName)),
    records.load<LiveRecord>(keys.live(environment.ENVIRONMENT_NAME, modelName)),
  ]);
  // While a challenger runs beside it, what fails under the serving variant's name is the champion.
  const isMoving =
    rollout && !isFinished(rollout.phase) && rollout.phase !== "shadowing" && rollout.phase !== "weighing";
  if (isMoving && (kind === "errors" || kind === "latency")) {
    log.info("left to the rollout's own alarms", {
      alarmName: alarm.alarmName,
      rolloutId: rollout.rolloutId,
    });
    return;
  }
  if (!live) {
    log.info("no model is deployed yet", { alarmName: alarm.alarmName });
    return;
  }
  const release = await mustLoad<ReleaseRecord>(records, keys.release(modelName, live.live.releaseId));
  const spec = readResolvedSpec(await objects.getText(release.specUri));
  const remedy = decideRemedy({ kind, since: new Date(alarm.since) }, live, spec.retraining, now());
  log.info("remedy", { alarmName: alarm.alarmName, action: remedy.action, reason: remedy.reason, isSweep });
  // A deployment makes an alarm that stays open a new cause.
  await act(
    dependencies,
    modelName,
    alarm,
    `${alarm.alarmName}@${alarm.since}#${live.live.releaseId}`,
    remedy,
    isSweep,
  );
}

/** `<prefix><model>-<kind>`; kinds hold hyphens themselves, so the longest match counts. */
export function parseAlarmName(
  alarmName: string,
  prefix: string,
): { modelName: string; kind: AlarmKind } | null {
  if (!alarmName.startsWith(prefix)) return null;
  const rest = alarmName.slice(prefix.length);
  const kind = [...ALARM_KINDS].sort((a, b) => b.length - a.length).find((name) => rest.endsWith(`-${name}`));
  return kind ? { modelName: rest.slice(0, -kind.length - 1), kind } : null;
}

async function act(
  dependencies: Dependencies,
  modelName: string,
  alarm: OpenAlarm,
  causeKey: string,
  remedy: Remedy,
  isSweep: boolean,
): Promise<void> {
  const { environment, eventbridge, states, sns, now } = dependencies;
  switch (remedy.action) {
    case "retrain": {
      const detail: RetrainingRequested = {
        modelName,
        environment: environment.ENVIRONMENT_NAME,
        cause: remedy.cause,
        causeKey,
        requestedAt: now().toISOString(),
        requestedBy: "remediate",
      };
      const { Entries } = await eventbridge.send(
        new PutEventsCommand({
          Entries: [
            {
              EventBusName: environment.EVENT_BUS_NAME,
              Source: EVENT_SOURCE,
              DetailType: RETRAINING_REQUESTED,
              Detail: JSON.stringify(detail),
            },
          ],
        }),
      );
      // What a bus does not take, above all one of another account, is told in an answer that is no error.
      const refused = Entries?.find(({ ErrorCode }) => ErrorCode !== undefined);
      if (refused)
        throw new SluiceError(
          "TransientFailure",
          `${environment.EVENT_BUS_NAME}: expected it to take the request for retraining ${modelName}, got ${refused.ErrorCode}: ${refused.ErrorMessage ?? ""}; see the bus' policy`,
        );
      return;
    }
    case "rollback":
      // The execution's name comes from the cause: the same alarm again starts nothing new.
      await startOnce(
        states,
        environment.ROLLOUT_STATE_MACHINE_ARN,
        `rollback-${createHash("sha256").update(causeKey).digest("hex").slice(0, 24)}`,
        { modelName, kind: "rollback" },
      );
      return;
    case "wait":
      return;
    case "page":
      // A page repeats on transitions only; the sweep would repeat it every half hour.
      if (!isSweep)
        await sns.send(
          new PublishCommand({
            TopicArn: environment.ALERT_TOPIC_ARN,
            Subject: `${alarm.alarmName}: a person is needed`.slice(0, 100),
            Message: `${remedy.reason}\n${alarm.reason}\nSince ${alarm.since}`,
          }),
        );
  }
}

async function startOnce(
  states: Pick<SFNClient, "send">,
  stateMachineArn: string,
  name: string,
  input: object,
): Promise<void> {
  try {
    await states.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
  } catch (error) {
    if (!(error instanceof Error && error.name === "ExecutionAlreadyExists")) throw error;
  }
}
