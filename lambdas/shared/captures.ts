/** Captured requests of an endpoint, hour by hour, and the labels that arrived for them. */

import { captureRecord, type Observation } from "../../contracts/capture.ts";
import type { ModelSpec } from "../../contracts/modelSpec.ts";
import type { LineageRecord } from "../../contracts/records.ts";
import type { Label } from "../../core/dataset/join.ts";
import { csvParseLine } from "./csvLine.ts";
import { inBatches } from "./inBatches.ts";
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

export interface ParsedCaptures {
  readonly observations: Observation[];
  /** Records that could not be read, by reason: counted, never dropped silently. */
  readonly skipped: Record<string, number>;
}

export interface CaptureSource {
  readonly captureUri: string;
  readonly endpointName: string;
  readonly endpointConfigName: string;
}

/** Parsed files of the last hours stay in memory: a capture file never changes, and a warm Lambda reads each once. */
const cache = new Map<string, ParsedCaptures>();
const CACHED_FILES = 4000;

/** Names of an hour's files; kept once the hour is over and late deliveries have come, because they no longer change. */
const closedHours = new Map<string, readonly StoredObject[]>();
/** Deliveries lag by minutes (SageMaker's guide, "Data capture"); half an hour leaves room. */
const LATE = HOUR / 2;

/** From so many hours on, whole days are listed: a call a day instead of one an hour. */
const LISTED_BY_DAY = 7;

/** Files of the given hours in key order. Hours that are closed are listed once, the others hour by hour, or day by day where they are many. */
async function captureFiles(
  objects: Objects,
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
    if (now > hour + HOUR + LATE) keep(closedHours, folder(hour), listed.get(folder(hour)) ?? []);
  return found;
}

/** Files of the given hours by one list a day. */
async function filesByDay(
  objects: Objects,
  prefix: string,
  hours: readonly number[],
): Promise<readonly StoredObject[]> {
  const wanted = new Set(hours.map(hourPath));
  const days = [...new Set([...wanted].map((path) => path.slice(0, 10)))];
  const lists = await Promise.all(days.map((day) => objects.list(`${prefix}/${day}/`)));
  const from = prefix.length + 1;
  return lists.flat().filter(({ uri }) => wanted.has(uri.slice(from, from + 13)));
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
  const prefix = `${source.captureUri}/${source.endpointName}/${variant}`;
  const listed = await captureFiles(objects, prefix, hours, now);
  const files = await inBatches(listed, 16, async ({ uri }) => {
    // Challengers of several rollouts answered under one prefix: whose file it is follows from who asks.
    const key = `${uri} ${source.endpointConfigName}`;
    const known = cache.get(key);
    if (known) return known;
    const parsed = parseCaptures(await objects.getText(uri), spec, source.endpointConfigName, variant);
    keep(cache, key, parsed);
    return parsed;
  });
  return together(files);
}

/** What is read of a lineage record to find what its deployment answered. */
export type Answered = Pick<LineageRecord, "deployed"> &
  Partial<Pick<LineageRecord, "replaced" | "rollout" | "deployedAt">>;

/** Everything that an endpoint's deployments answered in the given hours, whichever of them answered, and what could not be read. */
export async function readServed(
  objects: Objects,
  spec: ModelSpec,
  endpointName: string,
  lineage: readonly Answered[],
  hours: readonly number[],
  now: number,
): Promise<ParsedCaptures> {
  const all: ParsedCaptures[] = [];
  const read = new Set<string>();
  for (const entry of lineage) {
    const { endpointConfigName, captureUri } = entry.deployed;
    const source = { captureUri, endpointName, endpointConfigName };
    // A configuration that was gone back to stands in the lineage twice.
    if (!read.has(endpointConfigName))
      all.push(await readCaptures(objects, spec, source, "primary", hours, now));
    read.add(endpointConfigName);
    const beside = await readBeside(objects, spec, endpointName, entry, hours, now);
    if (beside) all.push(beside);
  }
  return together(all);
}

/**
 * What a deployment answered as a weighted canary, beside the champion: both were captured to the champion's prefix, where challengers of
 * other rollouts lie as well, each in the time of its own.
 */
async function readBeside(
  objects: Objects,
  spec: ModelSpec,
  endpointName: string,
  { deployed, replaced, rollout, deployedAt }: Answered,
  hours: readonly number[],
  now: number,
): Promise<ParsedCaptures | null> {
  if (!rollout?.weights || !replaced) return null;
  const { endpointConfigName } = deployed;
  const source = { captureUri: replaced.captureUri, endpointName, endpointConfigName };
  const [from, to] = [Date.parse(rollout.startedAt), Date.parse(deployedAt ?? deployed.deployedAt)];
  const within = hours.filter((hour) => hour + HOUR > from && hour <= to);
  const { observations, skipped } = await readCaptures(objects, spec, source, "challenger", within, now);
  return { observations: observations.filter(({ at }) => at >= from && at <= to), skipped };
}

/** Observations of several files under each other, what was skipped added up. */
function together(all: readonly ParsedCaptures[]): ParsedCaptures {
  const skipped: Record<string, number> = {};
  for (const one of all)
    for (const [reason, count] of Object.entries(one.skipped))
      skipped[reason] = (skipped[reason] ?? 0) + count;
  return { observations: all.flatMap((one) => one.observations), skipped };
}

/** Parses one capture file (JSON lines). A request of several rows gives one observation a row, `<id>#<row>`. */
export function parseCaptures(
  text: string,
  spec: ModelSpec,
  endpointConfigName: string,
  variant: string,
): ParsedCaptures {
  const observations: Observation[] = [];
  const skipped: Record<string, number> = {};
  const skip = (reason: string): void => {
    skipped[reason] = (skipped[reason] ?? 0) + 1;
  };
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      skip("unreadable-line");
      continue;
    }
    const parsed = captureRecord.safeParse(value);
    if (!parsed.success) {
      skip("other-format");
      continue;
    }
    const { captureData, eventMetadata } = parsed.data;
    const input = captureData.endpointInput;
    if (!input) skip("no-input");
    else if (input.encoding === "JSON") skip("not-csv");
    else {
      const body =
        input.encoding === "BASE64" ? Buffer.from(input.data, "base64").toString("utf8") : input.data;
      const rows = body.split(/\r?\n/).filter((row) => row !== "");
      const scores = captureData.endpointOutput?.data.split(/\r?\n/).filter((row) => row !== "") ?? [];
      const id = eventMetadata.inferenceId ?? eventMetadata.eventId;
      for (const [index, row] of rows.entries()) {
        const fields = csvParseLine(row);
        if (fields.length !== spec.features.length) {
          skip("other-width");
          continue;
        }
        const score = Number(scores[index] ?? Number.NaN);
        observations.push({
          id: rows.length === 1 ? id : `${id}#${index}`,
          at: Date.parse(eventMetadata.inferenceTime),
          variant,
          endpointConfigName,
          features: fields.map((field) => (field === "" ? null : field)),
          score: Number.isFinite(score) ? score : null,
        });
      }
    }
  }
  return { observations, skipped };
}

/** Parsed label files, by address and ETag: a label file may be delivered again with other labels. */
const labelCache = new Map<string, readonly Label[]>();

async function readLabelFile(objects: Objects, { uri, etag }: StoredObject): Promise<readonly Label[]> {
  const key = `${uri} ${etag}`;
  const known = labelCache.get(key);
  if (known) return known;
  const labels = JSON.parse(await objects.getText(uri)) as Label[];
  keep(labelCache, key, labels);
  return labels;
}

function keep<T>(cached: Map<string, T>, key: string, value: T): void {
  if (cached.size >= CACHED_FILES) cached.delete(cached.keys().next().value as string);
  cached.set(key, value);
}

/** Labels accepted for the given hours of predictions. */
export async function readLabels(
  objects: Objects,
  bucket: string,
  modelName: string,
  hours: readonly number[],
): Promise<Label[]> {
  // A label may come at any time, so that no hour is ever closed; its files are few, a list a day is enough.
  const listed = await filesByDay(objects, `s3://${bucket}/labels-accepted/${modelName}`, hours);
  const files = await inBatches(listed, 16, (file) => readLabelFile(objects, file));
  return files.flat();
}
