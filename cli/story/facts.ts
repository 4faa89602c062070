/** Everything the report tells, read from the sandbox as anybody could read it. */
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import type { DriftWindow, QualityHour } from "../../contracts/monitoring.ts";
import type { AlarmChange } from "./narrator.ts";
import type { Decision } from "./person.ts";
import type { PipelineRun } from "./pipeline.ts";
import type { AllRecords } from "./records.ts";
import type { Played } from "./story.ts";
import type { Answered } from "./traffic.ts";
import { MODEL, type World } from "./world.ts";

export interface Accounting {
  readonly sent: number;
  readonly answered: number;
  readonly failed: number;
  readonly captured: number;
  readonly capturedTwice: number;
  readonly answeredWithoutCapture: number;
  readonly labelsDelivered: number;
  readonly labelsPending: number;
  readonly labelsAccepted: number;
}

export interface Facts {
  readonly records: AllRecords;
  readonly runs: readonly PipelineRun[];
  readonly alarms: readonly AlarmChange[];
  readonly decisions: readonly Decision[];
  readonly drift: readonly DriftWindow[];
  readonly quality: readonly QualityHour[];
  readonly accounting: Accounting;
  readonly answered: readonly Answered[];
  readonly executions: Played["executions"];
  readonly start: number;
  readonly end: number;
}

export async function collectFacts(world: World, played: Played): Promise<Facts> {
  const [{ drift, quality }, captured, accepted] = await Promise.all([
    readReports(world),
    capturedIds(world),
    readAll<{ id: string }[]>(world, `labels-accepted/${MODEL}/`),
  ]);
  const { traffic } = played;
  const unique = new Set(captured);
  const good = traffic.answered.filter((call) => call.error === null);
  return {
    records: await played.narrator.records(),
    runs: await played.narrator.runs(),
    alarms: played.narrator.alarmChanges,
    decisions: played.decisions,
    drift,
    quality,
    answered: traffic.answered,
    accounting: {
      sent: traffic.answered.length,
      answered: good.length,
      failed: traffic.answered.length - good.length,
      captured: unique.size,
      capturedTwice: captured.length - unique.size,
      answeredWithoutCapture: good.filter((call) => !unique.has(call.id)).length,
      labelsDelivered: traffic.labelsDelivered,
      labelsPending: traffic.pendingLabels,
      labelsAccepted: accepted.reduce((sum, labels) => sum + labels.length, 0),
    },
    executions: played.executions,
    start: played.firstDeployedAt,
    end: world.now(),
  };
}

/** What production's monitor found, window by window and hour by hour. */
export async function readReports(
  world: World,
): Promise<{ readonly drift: readonly DriftWindow[]; readonly quality: readonly QualityHour[] }> {
  const prefix = `windows/${MODEL}`;
  const [drift, quality] = await Promise.all([
    readAll<DriftWindow>(world, `${prefix}/drift/`),
    readAll<QualityHour>(world, `${prefix}/quality/`),
  ]);
  return { drift, quality };
}

async function listKeys(world: World, prefix: string): Promise<string[]> {
  const found: string[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await world.clients.s3.send(
      new ListObjectsV2Command({ Bucket: world.prod.captureBucket, Prefix: prefix, ContinuationToken }),
    );
    found.push(...(page.Contents ?? []).map((item) => item.Key ?? ""));
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
  return found.sort();
}

async function texts(world: World, prefix: string): Promise<string[]> {
  const keys = await listKeys(world, prefix);
  const bodies = new Array<string>(keys.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < keys.length; index = next++)
      bodies[index] = await world.getText(`s3://${world.prod.captureBucket}/${keys[index]}`);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return bodies;
}

async function readAll<T>(world: World, prefix: string): Promise<T[]> {
  return (await texts(world, prefix)).map((text) => JSON.parse(text) as T);
}

/** Inference ids of all captured requests, in every configuration. */
async function capturedIds(world: World): Promise<string[]> {
  const ids: string[] = [];
  for (const text of await texts(world, `captures/${MODEL}/`))
    for (const line of text.split("\n")) {
      if (line.trim() === "") continue;
      const id = (JSON.parse(line) as { eventMetadata: { inferenceId?: string } }).eventMetadata.inferenceId;
      if (id) ids.push(id);
    }
  return ids;
}
