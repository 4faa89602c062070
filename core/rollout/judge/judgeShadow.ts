import type { ShadowTally } from "../../../contracts/records.ts";
import { boundary } from "./confidenceSequence.ts";
import { shareBounds } from "./shareSequence.ts";

export interface ShadowPolicy {
  /** Most disagreement of decisions that is accepted; null where nothing is decided (regression). */
  readonly maximumDisagreement: number | null;
  /** Largest mean absolute distance of paired scores that is accepted. */
  readonly maximumScoreDistance: number;
  readonly minimumPairs: number;
  /** Chance that a challenger within the limits is ever rolled back, over all looks and both limits. */
  readonly rollbackError: number;
  /** Chance that a challenger past a limit is ever promoted. */
  readonly promoteError: number;
}

export const DEFAULT_SHADOW_POLICY: ShadowPolicy = {
  maximumDisagreement: 0.1,
  maximumScoreDistance: 0.1,
  minimumPairs: 200,
  rollbackError: 0.02,
  promoteError: 0.05,
};

/** Score from which a prediction is positive. */
const THRESHOLD = 0.5;

/** A mean so far and its always-valid bounds. */
export interface ShadowMeasure {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface ShadowVerdict {
  readonly verdict: "promote" | "rollback" | "continue" | "hold";
  readonly reason: "Agrees" | "Disagrees" | "ScoresDiffer" | "NotEnoughPairs" | "NoTraffic" | "NotYetDecided";
  readonly pairs: number;
  readonly unanswered: number;
  /** Share of pairs on different sides of the threshold. */
  readonly disagreement: ShadowMeasure | null;
  /** Mean absolute distance of the pairs that both have a score. */
  readonly scoreDistance: ShadowMeasure | null;
  readonly policy: ShadowPolicy;
}

/** The champion's score, and the challenger's to the same request; null when its call failed. */
export type ShadowPair = readonly [champion: number, challenger: number | null];

export const NO_PAIRS: ShadowTally = { pairs: 0, unanswered: 0, different: 0, distance: 0, squares: 0 };

/** The tally with more pairs in it. Sums suffice, so that a look never needs the pairs of the looks before it. */
export function addPairs(tally: ShadowTally, pairs: Iterable<ShadowPair>): ShadowTally {
  const sum = { ...tally };
  for (const [champion, challenger] of pairs) {
    sum.pairs += 1;
    if (challenger === null) {
      sum.unanswered += 1;
      sum.different += 1;
      continue;
    }
    const distance = Math.abs(champion - challenger);
    if (champion >= THRESHOLD !== challenger >= THRESHOLD) sum.different += 1;
    sum.distance += distance;
    sum.squares += distance * distance;
  }
  return sum;
}

/**
 * Compares paired predictions: the challenger answered copies of the requests that the champion served. May be called at every look:
 * the bounds hold at all looks at once. Requests are taken as independent; pairs that repeat each other are worth less than they count.
 */
export function judgeShadow(tally: ShadowTally, policy: Partial<ShadowPolicy> = {}): ShadowVerdict {
  const rules = { ...DEFAULT_SHADOW_POLICY, ...policy };
  const { pairs, unanswered } = tally;
  const measured = { disagreement: disagreementOf(tally, rules), scoreDistance: distanceOf(tally, rules) };
  return { ...conclude(tally, measured, rules), pairs, unanswered, ...measured, policy: rules };
}

type Measured = Pick<ShadowVerdict, "disagreement" | "scoreDistance">;

function conclude(
  { pairs, unanswered }: ShadowTally,
  { disagreement, scoreDistance }: Measured,
  rules: ShadowPolicy,
): Pick<ShadowVerdict, "verdict" | "reason"> {
  const limit = rules.maximumDisagreement ?? 1;
  const isScored = scoreDistance !== null && pairs - unanswered >= rules.minimumPairs;
  if (pairs === 0) return { verdict: "hold", reason: "NoTraffic" };
  if (pairs < rules.minimumPairs) return { verdict: "continue", reason: "NotEnoughPairs" };
  if (disagreement && disagreement.low > limit) return { verdict: "rollback", reason: "Disagrees" };
  if (isScored && scoreDistance.low > rules.maximumScoreDistance)
    return { verdict: "rollback", reason: "ScoresDiffer" };
  const isAgreed = disagreement === null || disagreement.high <= limit;
  return isAgreed && isScored && scoreDistance.high <= rules.maximumScoreDistance
    ? { verdict: "promote", reason: "Agrees" }
    : { verdict: "continue", reason: "NotYetDecided" };
}

/** Either limit may roll back, so they share that error; both must hold for a promotion, so that error needs no sharing. */
const lowError = (rules: ShadowPolicy): number =>
  rules.maximumDisagreement === null ? rules.rollbackError : rules.rollbackError / 2;

function disagreementOf({ different, pairs }: ShadowTally, rules: ShadowPolicy): ShadowMeasure | null {
  if (rules.maximumDisagreement === null || pairs === 0) return null;
  return { value: different / pairs, ...shareBounds(different, pairs, lowError(rules), rules.promoteError) };
}

function distanceOf(tally: ShadowTally, rules: ShadowPolicy): ShadowMeasure | null {
  const n = tally.pairs - tally.unanswered;
  if (n === 0) return null;
  if (rules.maximumDisagreement === null) return unboundedDistance(tally, n, rules);
  // Distances of probabilities lie in [0, 1]: their bounds hold at every look, whatever the law.
  const sum = Math.min(tally.distance, n);
  return { value: tally.distance / n, ...shareBounds(sum, n, lowError(rules), rules.promoteError) };
}

/** Distances without a bound: a normal mixture over the estimated variance, which needs `minimumPairs` to be near its error. */
function unboundedDistance(
  { distance, squares }: ShadowTally,
  n: number,
  rules: ShadowPolicy,
): ShadowMeasure {
  const value = distance / n;
  const variance = n > 1 ? Math.max(0, (squares - n * value * value) / (n - 1)) : Infinity;
  const standardError = Math.sqrt(variance / n);
  const width = (error: number): number => standardError * boundary(n, error, Math.max(1, n - 1));
  return { value, low: Math.max(0, value - width(lowError(rules))), high: value + width(rules.promoteError) };
}
