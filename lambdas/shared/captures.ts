/** Captured requests of an endpoint, hour by hour, and the labels that arrived for them. */

import type { Observation } from "../../contracts/capture.ts";
import type { ModelSpec } from "../../contracts/modelSpec.ts";
import type { LineageRecord } from "../../contracts/records.ts";
import type { Label } from "../../core/dataset/join.ts";
import { type ParsedCaptures, parseCaptures } from "./captureLines.ts";
import { inBatches } from "./inBatches.ts";
import { Kept } from "./kept.ts";
import type { Objects, StoredObject } from "./objects.ts";

const HOUR = 3_600_000;

/** `yyyy/mm/dd/hh` in UTC, as SageMaker lays captures out. */
export function hourPath(at: number): string {
  const iso = new Date(at).toISOString();
  return `${iso.slice(0, 10).replaceAll("-", "/")}/${iso.slice(11, 13)}`;
}

/** Starts of the hours that touch `[from, to)`. */
export function hoursOf(from: number, to: number): number[] {
  const hours: number[] = [];
  for (let hour = Math.floor(from / HOUR) * HOUR; hour < to; hour += HOUR) hours.push(hour);
  return hours;
}

export interface CaptureSource {
  readonly captureUri: string;
  readonly endpointName: string;
  readonly endpointConfigName: string;
}

/** Parsed files of the last hours stay in memory: a capture file never changes, and a warm Lambda reads each once. About 1 KB a row. */
const cache = new Kept<ParsedCaptures>(150_000, ({ observations }) => 1 + observations.length);

/** Names of an hour's files; kept once the hour is over and late deliveries have come, because they no longer change. */
const closedHours = new Kept<readonly StoredObject[]>(50_000, (files) => 1 + files.length);
/** Deliveries lag by minutes (SageMaker's guide, "Data capture"); half an hour leaves room. */
const LATE = HOUR / 2;

/** From so many hours on, whole days are listed: a call a day instead of one an hour. */
const LISTED_BY_DAY = 7;

/** Files of the given hours in key order. Hours that are closed are listed once, the others hour by hour, or day by day where they are many. */
async function captureFiles(
  objects: Pick<Objects, "list">,
  prefix: string,
  hours: readonly number[],
  now: number,
): Promise<readonly StoredObject[]> {
  const folder = (hour: number): string => `${prefix}/${hourPath(hour)}/`;
  const missing = hours.filter((hour) => !closedHours.has(folder(hour)));
  const listed = new Map<string, readonly StoredObject[]>();
  if (missing.length < LISTED_BY_DAY)
    await Promise.all(
      missing.map(async (hour) => listed.set(folder(hour), await objects.list(folder(hour)))),
    );
  else {
    const files = await filesByDay(objects, prefix, missing);
    for (const hour of missing)
      listed.set(
        folder(hour),
        files.filter(({ uri }) => uri.startsWith(folder(hour))),
      );
  }
  const found = hours.flatMap((hour) => closedHours.get(folder(hour)) ?? listed.get(folder(hour)) ?? []);
  for (const hour of missing)
    if (now > hour + HOUR + LATE) closedHours.set(folder(hour), listed.get(folder(hour)) ?? []);
  return found;
}

/** Files of the given hours by one list a day. */
async function filesByDay(
  objects: Pick<Objects, "list">,
  prefix: string,
  hours: readonly number[],
): Promise<readonly StoredObject[]> {
  const wanted = new Set(hours.map(hourPath));
  const days = [...new Set([...wanted].map((path) => path.slice(0, 10)))];
  const lists = await Promise.all(days.map((day) => objects.list(`${prefix}/${day}/`)));
  const from = prefix.length + 1;
  return lists.flat().filter(({ uri }) => wanted.has(uri.slice(from, from + 13)));
}

/** Files of one deployment's captures. */
export interface ServedFiles {
  readonly endpointConfigName: string;
  readonly variant: string;
  /** Epoch milliseconds: what was answered outside of them is another deployment's. null: all of it is this one's. */
  readonly within: readonly [from: number, to: number] | null;
  readonly files: readonly StoredObject[];
}

/** All observations of one configuration and variant in the given hours. */
export async function readCaptures(
  objects: Objects,
  spec: ModelSpec,
  source: CaptureSource,
  variant: string,
  hours: readonly number[],
  now: number,
): Promise<ParsedCaptures> {
  const { endpointConfigName } = source;
  const files = await captureFiles(objects, prefixOf(source, variant), hours, now);
  return readFiles(objects, spec, { endpointConfigName, variant, within: null, files });
}

const prefixOf = ({ captureUri, endpointName }: CaptureSource, variant: string): string =>
  `${captureUri}/${endpointName}/${variant}`;

async function readFiles(
  objects: Objects,
  spec: ModelSpec,
  { files, endpointConfigName, variant, within }: ServedFiles,
): Promise<ParsedCaptures> {
  const parsed = await inBatches(files, 16, async ({ uri }) => {
    // Challengers of several rollouts answered under one prefix: whose file it is follows from who asks.
    const key = `${uri} ${endpointConfigName}`;
    const known = cache.get(key);
    if (known) return known;
    const one = parseCaptures(await objects.getText(uri), spec, endpointConfigName, variant);
    cache.set(key, one);
    return one;
  });
  const all = together(parsed);
  return within === null
    ? all
    : { ...all, observations: all.observations.filter((one) => isWithin(within, one)) };
}

export const isWithin = (within: ServedFiles["within"], { at }: Pick<Observation, "at">): boolean =>
  within === null || (at >= within[0] && at <= within[1]);

/** What is read of a lineage record to find what its deployment answered. */
export type Answered = Pick<LineageRecord, "deployed"> &
  Partial<Pick<LineageRecord, "replaced" | "rollout" | "deployedAt">>;

/** Everything that an endpoint's deployments answered in the given hours, whichever of them answered, and what could not be read. */
export const readServed = async (
  objects: Objects,
  spec: ModelSpec,
  endpointName: string,
  lineage: readonly Answered[],
  hours: readonly number[],
  now: number,
): Promise<ParsedCaptures> =>
  readServedFiles(objects, spec, await listServed(objects, endpointName, lineage, hours, now));

/** The same of files that were listed before. */
export async function readServedFiles(
  objects: Objects,
  spec: ModelSpec,
  served: readonly ServedFiles[],
): Promise<ParsedCaptures> {
  const all: ParsedCaptures[] = [];
  for (const files of served) all.push(await readFiles(objects, spec, files));
  return together(all);
}

/** The files of all that an endpoint's deployments answered in the given hours, in the order in which they are read. */
export async function listServed(
  objects: Pick<Objects, "list">,
  endpointName: string,
  lineage: readonly Answered[],
  hours: readonly number[],
  now: number,
): Promise<ServedFiles[]> {
  const all: ServedFiles[] = [];
  const seen = new Set<string>();
  for (const entry of lineage) {
    const { endpointConfigName, captureUri } = entry.deployed;
    const prefix = prefixOf({ captureUri, endpointName, endpointConfigName }, "primary");
    // A configuration that was gone back to stands in the lineage twice.
    if (!seen.has(endpointConfigName))
      all.push({
        endpointConfigName,
        variant: "primary",
        within: null,
        files: await captureFiles(objects, prefix, hours, now),
      });
    seen.add(endpointConfigName);
    const beside = await listBeside(objects, endpointName, entry, hours, now);
    if (beside) all.push(beside);
  }
  return all;
}

/**
 * What a deployment answered as a weighted canary, beside the champion: both were captured to the champion's prefix, where challengers of
 * other rollouts lie as well, each in the time of its own.
 */
async function listBeside(
  objects: Pick<Objects, "list">,
  endpointName: string,
  { deployed, replaced, rollout, deployedAt }: Answered,
  hours: readonly number[],
  now: number,
): Promise<ServedFiles | null> {
  if (!rollout?.weights || !replaced) return null;
  const { endpointConfigName } = deployed;
  const prefix = prefixOf(
    { captureUri: replaced.captureUri, endpointName, endpointConfigName },
    "challenger",
  );
  const [from, to] = [Date.parse(rollout.startedAt), Date.parse(deployedAt ?? deployed.deployedAt)];
  const within = hours.filter((hour) => hour + HOUR > from && hour <= to);
  const files = await captureFiles(objects, prefix, within, now);
  return { endpointConfigName, variant: "challenger", within: [from, to], files };
}

/** Observations of several files under each other, what was skipped added up. */
function together(all: readonly ParsedCaptures[]): ParsedCaptures {
  const skipped: Record<string, number> = {};
  for (const one of all)
    for (const [reason, count] of Object.entries(one.skipped))
      skipped[reason] = (skipped[reason] ?? 0) + count;
  return { observations: all.flatMap((one) => one.observations), skipped };
}

/** Parsed label files, by address and ETag: a label file may be delivered again with other labels. */
const labelCache = new Kept<readonly Label[]>(500_000, (labels) => 1 + labels.length);

async function readLabelFile(objects: Objects, { uri, etag }: StoredObject): Promise<readonly Label[]> {
  const key = `${uri} ${etag}`;
  const known = labelCache.get(key);
  if (known) return known;
  const labels = JSON.parse(await objects.getText(uri)) as Label[];
  labelCache.set(key, labels);
  return labels;
}

/** Files of the labels accepted for the given hours of predictions, in the order in which a later label counts. */
export function listLabels(
  objects: Pick<Objects, "list">,
  bucket: string,
  modelName: string,
  hours: readonly number[],
): Promise<readonly StoredObject[]> {
  // A label may come at any time, so that no hour is ever closed; its files are few, a list a day is enough.
  return filesByDay(objects, `s3://${bucket}/labels-accepted/${modelName}`, hours);
}

export const readLabelFiles = async (objects: Objects, files: readonly StoredObject[]): Promise<Label[]> =>
  (await inBatches(files, 16, (file) => readLabelFile(objects, file))).flat();

/** Labels accepted for the given hours of predictions. */
export const readLabels = async (
  objects: Objects,
  bucket: string,
  modelName: string,
  hours: readonly number[],
): Promise<Label[]> => readLabelFiles(objects, await listLabels(objects, bucket, modelName, hours));
