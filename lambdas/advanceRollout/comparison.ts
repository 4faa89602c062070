/** Pairs of answers of champion and challenger to the same request, from the captures of both. */
import type { Observation } from "../../core/rollout/advance.ts";
import { addPairs, type ShadowPair } from "../../core/rollout/judge/index.ts";
import { messageOf } from "../shared/errors.ts";
import { type Answer, type BesideContext, readAnswers } from "./answers.ts";
import { CHALLENGER, VARIANT } from "./names.ts";

/** A copy is answered a moment after the request: so far apart may both be stamped. */
const APART_MS = 60_000;

/**
 * The tally with what was captured since the last look, up to the watermark: captures arrive minutes late. Captures that cannot be
 * read leave it as it was, because a rollout that does not go on would leave its shadow paid for; its longest time ends it.
 */
export async function compareCaptures(context: BesideContext): Promise<Observation["compared"]> {
  const { record, spec, live, log, now } = context;
  if (record.phase !== "shadowing" || !record.shadow || !live) return null;
  const known = record.shadow;
  const from = Date.parse(known.comparedUntil);
  const until = now.getTime() - spec.monitoring.watermark * 1000;
  if (until <= from) return null;
  try {
    const of = await readAnswers(context, live, from - APART_MS, until + APART_MS);
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
