import { sumBy, sumOf } from "../../statistics/index.ts";
import { autocorrelations, boundary, varianceInflation } from "./confidenceSequence.ts";
import type { JudgePolicy, Look, MetricFinding, MetricRule, VariantLook } from "./types.ts";

/** Difference so far, its standard error, and how many independent looks it is worth. */
interface Estimate {
  readonly champion: number;
  readonly challenger: number;
  readonly difference: number;
  readonly standardError: number;
  readonly looks: number;
  readonly effectiveLooks: number;
  /** Degrees of freedom of the standard error; infinite when it follows from counts. */
  readonly df: number;
  /** Events behind it: too few outcomes prove nothing, whatever the formula says. */
  readonly events: number;
}

const LEAST_EVENTS = 8;
/** Standard errors of a variance and of a correlation, added up, that count as noise; and of the correlation alone once they do not. */
const EXCESS_NOISE = 2.2;
const SEEN_IN_COUNTS = 0.5;
/** Fewer independent looks than this decide nothing about scatter. */
const LEAST_EFFECTIVE = 8;

/**
 * Rates: requests are the unit. The standard error is the larger of the binomial one and the one that the scatter
 * between looks shows, so that bursts and drifting error rates widen the bounds instead of raising alarms.
 */
function estimateRate(looks: readonly Look[], name: string): Estimate | undefined {
  const total = (side: "champion" | "challenger"): [number, number] =>
    looks.reduce<[number, number]>(
      ([events, requests], look) => [
        events + (look[side].counts?.[name] ?? 0),
        requests + look[side].requests,
      ],
      [0, 0],
    );
  if (
    looks.some(
      (look) => look.champion.counts?.[name] === undefined || look.challenger.counts?.[name] === undefined,
    )
  ) {
    return undefined;
  }
  const [e0, n0] = total("champion");
  const [e1, n1] = total("challenger");
  const p0 = e0 / n0;
  const p1 = e1 / n1;
  const residuals = looks.map((look) => {
    const excess = (side: VariantLook, p: number): number => (side.counts?.[name] ?? 0) - p * side.requests;
    return excess(look.challenger, p1) / n1 - excess(look.champion, p0) / n0;
  });
  const smooth = (e: number, n: number): number => ((e + 1) * (n - e + 1)) / (n + 2) ** 2 / n;
  const binomial = smooth(e0, n0) + smooth(e1, n1);
  const n = looks.length;
  const plain = (sumBy(residuals, (u) => u * u) * n) / Math.max(1, n - 1);
  // Counts that scatter as counts do are trusted as such; only overdispersion and correlation that together are clear widen the bounds.
  const [correlation] = autocorrelations(residuals);
  const excess = (plain / binomial - 1) * Math.sqrt(n / 2) + correlation * Math.sqrt(n);
  const inflation = varianceInflation(residuals, SEEN_IN_COUNTS);
  const scatter = excess > EXCESS_NOISE ? plain * inflation : 0;
  return {
    champion: p0,
    challenger: p1,
    difference: p1 - p0,
    standardError: Math.sqrt(Math.max(binomial, scatter)),
    looks: n,
    effectiveLooks: scatter > binomial ? n / inflation : n,
    df: scatter > binomial ? n - 1 : Infinity,
    events: e0 + e1,
  };
}

function pairedValues(looks: readonly Look[], rule: MetricRule): [number, number][] {
  return looks
    .map((look) => [look.champion.values?.[rule.name], look.challenger.values?.[rule.name]])
    .filter((pair): pair is [number, number] =>
      pair.every((v) => typeof v === "number" && Number.isFinite(v)),
    )
    .filter(([a, b]) => rule.compare !== "ratio" || (a > 0 && b > 0));
}

function estimateValue(looks: readonly Look[], rule: MetricRule): Estimate | undefined {
  const pairs = pairedValues(looks, rule);
  const n = pairs.length;
  if (n < 2) return undefined;
  const differences = pairs.map(([a, b]) => (rule.compare === "ratio" ? Math.log(b / a) : b - a));
  const meanOf = (values: readonly number[]): number => sumOf(values) / values.length;
  const difference = meanOf(differences);
  const variance = sumBy(differences, (d) => (d - difference) ** 2) / (n - 1);
  const inflation = varianceInflation(differences);
  return {
    champion: meanOf(pairs.map(([a]) => a)),
    challenger: meanOf(pairs.map(([, b]) => b)),
    difference,
    standardError: Math.sqrt((variance * inflation) / n),
    looks: n,
    effectiveLooks: n / inflation,
    df: n - 1,
    events: Number.POSITIVE_INFINITY,
  };
}

/** What the looks so far say about one metric. Metrics share the error rates evenly. */
export function findMetric(looks: readonly Look[], rule: MetricRule, policy: JudgePolicy): MetricFinding {
  const estimate = rule.kind === "rate" ? estimateRate(looks, rule.name) : estimateValue(looks, rule);
  const margin = rule.compare === "ratio" ? Math.log1p(rule.margin) : rule.margin;
  const empty = {
    metric: rule.name,
    champion: null,
    challenger: null,
    difference: null,
    low: null,
    high: null,
    margin,
  };
  if (estimate === undefined) return { ...empty, status: "missing", looks: 0, effectiveLooks: 0 };
  const worse = rule.worse ?? "higher";
  const sign = worse === "lower" ? -1 : 1;
  const sides = worse === "either" ? 2 : 1;
  const difference = sign * estimate.difference;
  const n = Math.max(1, estimate.effectiveLooks);
  const reject =
    boundary(n, policy.rollbackError / policy.metrics.length / sides, estimate.df) * estimate.standardError;
  // All metrics must be fine for a promotion, so its error needs no sharing; and it is decided once, after a minimum.
  const accept = boundary(n, policy.promoteError, estimate.df) * estimate.standardError;
  const size = worse === "either" ? Math.abs(difference) : difference;
  const isSure = estimate.effectiveLooks >= LEAST_EFFECTIVE && estimate.events >= LEAST_EVENTS;
  const isWorse = isSure && size > reject && size >= margin;
  const status = isWorse ? "worse" : size + accept < margin ? "notWorse" : "open";
  return {
    metric: rule.name,
    status,
    champion: estimate.champion,
    challenger: estimate.challenger,
    difference,
    low: difference - reject,
    high: difference + reject,
    margin,
    looks: estimate.looks,
    effectiveLooks: estimate.effectiveLooks,
  };
}
