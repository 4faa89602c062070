/** Pairs of answers of champion and challenger to the same request, from the captures of both. */
import type { ModelSpec } from "../../contracts/modelSpec.ts";
import type { LiveRecord, RolloutRecord } from "../../contracts/records.ts";
import type { Observation } from "../../core/rollout/advance.ts";
import { addPairs, type ShadowPair } from "../../core/rollout/judge/index.ts";
import { hourPath, hoursOf, parseCaptures } from "../shared/captures.ts";
import { messageOf, SluiceError } from "../shared/errors.ts";
import { inBatches } from "../shared/inBatches.ts";
import type { Log } from "../shared/logger.ts";
import type { Objects } from "../shared/objects.ts";
import { CHALLENGER, VARIANT } from "./names.ts";

/** A copy is answered a moment after the request: so far apart may both be stamped. */
const APART_MS = 60_000;
const FILES_AT_ONCE = 8;
/** Captures of one look; the answers of more would not fit in the Lambda's memory. About an hour of 95 requests a second. */
const MOST_BYTES = 300_000_000;

interface Answer {
  readonly id: string;
  readonly at: number;
  readonly score: number | null;
}

/**
 * Answers without their inputs, by file: a capture file never changes, and a warm Lambda reads each once. Holds the files of the last
 * look only, so that a long shadow does not fill the memory.
 */
let cache: ReadonlyMap<string, readonly Answer[]> = new Map();

interface ComparisonContext {
  readonly objects: Objects;
  readonly spec: ModelSpec;
  readonly record: RolloutRecord;
  readonly live: LiveRecord | null;
  readonly log: Log;
  readonly now: Date;
}

/**
 * The tally with what was captured since the last look, up to the watermark: captures arrive minutes late. Captures that cannot be
 * read leave it as it was, because a rollout that does not go on would leave its shadow paid for; its longest time ends it.
 */
export async function compareCaptures(context: ComparisonContext): Promise<Observation["compared"]> {
  const { record, spec, live, log, now } = context;
  if (record.phase !== "shadowing" || !record.shadow || !live) return null;
  const known = record.shadow;
  const from = Date.parse(known.comparedUntil);
  const until = now.getTime() - spec.monitoring.watermark * 1000;
  if (until <= from) return null;
  try {
    const files = await filesOf(context, live, from - APART_MS, until + APART_MS);
    const byFile = await readAnswers(context, live, files);
    const of = (variant: string, since: number, before: number): Answer[] =>
      files
        .filter((file) => file.variant === variant)
        .flatMap(({ uri }) => byFile.get(uri) ?? [])
        .filter(({ at }) => at >= since && at < before);
    const since = Math.max(Date.parse(known.startedAt), from - APART_MS);
    const pairs = pairsOf(of(VARIANT, from, until), of(CHALLENGER, since, until + APART_MS));
    return { tally: addPairs(known.tally, pairs), comparedUntil: new Date(until).toISOString() };
  } catch (error) {
    log.warn("captures could not be compared", { rolloutId: record.rolloutId, reason: messageOf(error) });
    return null;
  }
}

/** One pair for each request that both answered, and that the champion gave a score for. */
function* pairsOf(served: readonly Answer[], copied: readonly Answer[]): Generator<ShadowPair> {
  const byId = new Map(copied.map((answer) => [answer.id, answer.score]));
  for (const { id, score } of served) {
    const copy = byId.get(id);
    if (copy === undefined || score === null) continue;
    byId.delete(id);
    yield [score, copy];
  }
}

interface CaptureFile {
  readonly uri: string;
  readonly variant: string;
}

async function filesOf(
  { objects, record }: ComparisonContext,
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

async function readAnswers(
  { objects, spec }: ComparisonContext,
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
