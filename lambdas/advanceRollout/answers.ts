/** What champion and challenger answered while both run, from their captures. */
import type { ModelSpec } from "../../contracts/modelSpec.ts";
import type { LiveRecord, RolloutRecord } from "../../contracts/records.ts";
import { parseCaptures } from "../shared/captureLines.ts";
import { hourPath, hoursOf } from "../shared/captures.ts";
import { SluiceError } from "../shared/errors.ts";
import { inBatches } from "../shared/inBatches.ts";
import type { Log } from "../shared/logger.ts";
import type { Objects } from "../shared/objects.ts";
import { CHALLENGER, VARIANT } from "./names.ts";

const FILES_AT_ONCE = 8;
/** Captures of one look; the answers of more would not fit in the Lambda's memory. About an hour of 95 requests a second. */
const MOST_BYTES = 300_000_000;

export interface Answer {
  readonly id: string;
  readonly at: number;
  readonly score: number | null;
}

/**
 * Answers without their inputs, by file: a capture file never changes, and a warm Lambda reads each once. Holds the files of the last
 * look only, so that a long rollout does not fill the memory.
 */
let cache: ReadonlyMap<string, readonly Answer[]> = new Map();

export interface BesideContext {
  readonly objects: Objects;
  readonly spec: ModelSpec;
  readonly record: RolloutRecord;
  readonly live: LiveRecord | null;
  readonly log: Log;
  readonly now: Date;
}

/** Answers of one variant in a span (epoch milliseconds, the end excluded) of those that were read. */
export type Answers = (variant: string, since: number, before: number) => Answer[];

/** Reads what was captured of both variants between the two times. @throws SluiceError when that is too much */
export async function readAnswers(
  context: BesideContext,
  live: LiveRecord,
  from: number,
  until: number,
): Promise<Answers> {
  const files = await filesOf(context, live, from, until);
  const byFile = await parseFiles(context, live, files);
  return (variant, since, before) =>
    files
      .filter((file) => file.variant === variant)
      .flatMap(({ uri }) => byFile.get(uri) ?? [])
      .filter(({ at }) => at >= since && at < before);
}

interface CaptureFile {
  readonly uri: string;
  readonly variant: string;
}

async function filesOf(
  { objects, record }: BesideContext,
  { live }: LiveRecord,
  from: number,
  until: number,
): Promise<CaptureFile[]> {
  const hours = hoursOf(from, until).map(hourPath);
  const folders = [VARIANT, CHALLENGER].flatMap((variant) => hours.map((hour) => ({ variant, hour })));
  const lists = await Promise.all(
    folders.map(async ({ variant, hour }) => {
      const files = await objects.list(`${live.captureUri}/${record.endpointName}/${variant}/${hour}/`);
      return files.map(({ uri, bytes }) => ({ uri, bytes, variant }));
    }),
  );
  const files = lists.flat();
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  if (bytes > MOST_BYTES)
    throw new SluiceError(
      "BadData",
      `${live.captureUri}: expected at most ${MOST_BYTES} bytes of captures to compare, got ${bytes}; lower monitoring.capture`,
    );
  return files;
}

async function parseFiles(
  { objects, spec }: BesideContext,
  { live }: LiveRecord,
  files: readonly CaptureFile[],
): Promise<ReadonlyMap<string, readonly Answer[]>> {
  const known = cache;
  const read = await inBatches(files, FILES_AT_ONCE, async ({ uri, variant }) => {
    const seen = known.get(uri);
    if (seen) return [uri, seen] as const;
    const { observations } = parseCaptures(
      await objects.getText(uri),
      spec,
      live.endpointConfigName,
      variant,
    );
    return [uri, observations.map(({ id, at, score }): Answer => ({ id, at, score }))] as const;
  });
  cache = new Map(read);
  return cache;
}
