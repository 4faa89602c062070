/** Pairs of answers of champion and challenger to the same request, from the captures of both. */
import type { ModelSpec } from "../../contracts/modelSpec.ts";
import type { LiveRecord, RolloutRecord } from "../../contracts/records.ts";
import type { Observation } from "../../core/rollout/advance.ts";
import { addPairs, type ShadowPair } from "../../core/rollout/judge/index.ts";
import { hourPath, hoursOf, inBatches, keepLimited, parseCaptures } from "../shared/captures.ts";
import { messageOf } from "../shared/errors.ts";
import type { Log } from "../shared/logger.ts";
import type { Objects } from "../shared/objects.ts";
import { CHALLENGER, VARIANT } from "./names.ts";

/** A copy is answered a moment after the request: so far apart may both be stamped. */
const APART_MS = 60_000;
const FILES_AT_ONCE = 8;
const CACHED_FILES = 500;

interface Answer {
  readonly id: string;
  readonly at: number;
  readonly score: number | null;
}

/** Answers without their inputs, by file: a capture file never changes, and a warm Lambda reads each once. */
const cache = new Map<string, readonly Answer[]>();

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
    const [served, copied] = await Promise.all([
      answers(context, live, VARIANT, from, until),
      answers(
        context,
        live,
        CHALLENGER,
        Math.max(Date.parse(known.startedAt), from - APART_MS),
        until + APART_MS,
      ),
    ]);
    return {
      tally: addPairs(known.tally, pairsOf(served, copied)),
      comparedUntil: new Date(until).toISOString(),
    };
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

async function answers(
  { objects, spec, record }: ComparisonContext,
  { live }: LiveRecord,
  variant: string,
  from: number,
  until: number,
): Promise<Answer[]> {
  const prefix = `${live.captureUri}/${record.endpointName}/${variant}`;
  const hours = hoursOf(from, until).map((hour) => objects.list(`${prefix}/${hourPath(hour)}/`));
  const files = (await Promise.all(hours)).flat();
  const read = await inBatches(files, FILES_AT_ONCE, async ({ uri }) => {
    const known = cache.get(uri);
    if (known) return known;
    const { observations } = parseCaptures(
      await objects.getText(uri),
      spec,
      live.endpointConfigName,
      variant,
    );
    const found = observations.map(({ id, at, score }): Answer => ({ id, at, score }));
    keepLimited(cache, uri, found, CACHED_FILES);
    return found;
  });
  return read.flat().filter(({ at }) => at >= from && at < until);
}
