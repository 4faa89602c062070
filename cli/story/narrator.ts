/** Tells what the sandbox decided since the last look, in the order of its time: pipeline runs, alarms, retraining requests, deployments. */
import { DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { short } from "./person.ts";
import { type PipelineRun, pipelineRuns } from "./pipeline.ts";
import { type AllRecords, readNews, readRecords } from "./records.ts";
import type { World } from "./world.ts";

export interface AlarmChange {
  readonly at: number;
  readonly alarm: string;
  readonly state: string;
  readonly reason: string;
}

export interface Narrator {
  readonly alarmChanges: readonly AlarmChange[];
  /** Tells everything that is new. */
  look(): Promise<void>;
  /** Notes what alarms did, to be told at the next look. */
  watchAlarms(): Promise<void>;
  runs(): Promise<readonly PipelineRun[]>;
  records(): Promise<AllRecords>;
}

export function createNarrator(world: World): Narrator {
  const alarmChanges: AlarmChange[] = [];
  const alarmStates = new Map<string, string>();
  const told = new Set<string>();
  let news: { at: number; text: string }[] = [];
  let known: ReadonlyMap<string, PipelineRun> = new Map();
  const once = (key: string, at: number, text: string): void => {
    if (told.has(key)) return;
    told.add(key);
    news.push({ at, text });
  };

  async function lookAtRuns(): Promise<void> {
    const runs = await pipelineRuns(world.clients, world.pipelineName, known);
    known = new Map(runs.map((run) => [run.id, run]));
    const ended = runs
      .flatMap((run) => run.actions.map((action) => ({ run, action })))
      .filter(({ action }) => action.endedAt !== null && action.stage !== "Source")
      .sort((a, b) => (a.action.endedAt as number) - (b.action.endedAt as number));
    for (const { run, action } of ended) {
      const result = action.status === "Succeeded" ? "" : ` ${action.status.toUpperCase()}`;
      once(
        `${run.id}/${action.action}/${action.endedAt}`,
        action.endedAt as number,
        `release ${short(run.id)}: ${action.stage}/${action.action}${result}${action.summary ? `: ${firstLine(action.summary)}` : ""}`,
      );
    }
  }

  async function lookAtAlarms(): Promise<void> {
    const { MetricAlarms } = await world.clients.cloudwatch.send(
      new DescribeAlarmsCommand({ MaxRecords: 100 }),
    );
    for (const alarm of MetricAlarms ?? []) {
      const name = alarm.AlarmName ?? "";
      const state = alarm.StateValue ?? "";
      const before = alarmStates.get(name);
      alarmStates.set(name, state);
      if (before === state || state === "INSUFFICIENT_DATA" || (state === "OK" && before !== "ALARM"))
        continue;
      const change = {
        at: alarm.StateUpdatedTimestamp?.getTime() ?? world.now(),
        alarm: name,
        state,
        reason: alarm.StateReason ?? "",
      };
      alarmChanges.push(change);
      news.push({
        at: change.at,
        text: `alarm ${name} is ${state}${state === "ALARM" ? `: ${firstLine(change.reason)}` : ""}`,
      });
    }
  }

  async function lookAtRecords(): Promise<void> {
    const records = await readNews(world);
    for (const request of records.requests)
      once(
        `${request.requestId}/${request.reason}`,
        Date.parse(request.decidedAt),
        // The reason of one that started says no more than this.
        `retraining for ${request.cause} ${request.decision}: ${request.decision === "started" ? request.causeKey : request.reason}`,
      );
    for (const entry of records.lineage)
      once(
        `${entry.environment}/${entry.deployedAt}`,
        Date.parse(entry.deployedAt),
        `${entry.environment}: release ${short(entry.release.releaseId)} serves (${entry.deployed.endpointConfigName})`,
      );
  }

  return {
    alarmChanges,
    watchAlarms: lookAtAlarms,
    async look() {
      await Promise.all([lookAtRuns(), lookAtAlarms(), lookAtRecords()]);
      for (const { at, text } of news.sort((a, b) => a.at - b.at)) world.terminal.say(at, text);
      news = [];
    },
    runs: () => pipelineRuns(world.clients, world.pipelineName),
    records: () => readRecords(world),
  };
}

/** One line for a terminal; executions of state machines by name and id, not by ARN. */
const firstLine = (text: string): string => {
  const line = (text.split("\n")[0] as string).replaceAll(
    /Execution arn:[\w-]+:states:[\w:-]*?:execution:([\w-]+):([0-9a-f]{8})[\w-]*/g,
    "$1 $2",
  );
  return line.length > 320 ? `${line.slice(0, 317)}...` : line;
};
