/**
 * Evidently 0.7's default drift rules, for teams that compare verdicts while they move over. Faithful, faults included: constant thresholds
 * whatever the sample size, no correction over columns, new categories give p = 0.
 */
import {
  chiSquareGoodnessOfFit,
  jensenShannonDistance,
  ksTwoSample,
  normal,
  wassersteinDistance,
} from "../statistics/index.ts";
import { type EvidentlySide, EvidentlyTally } from "./evidentlyTally.ts";
import { type DataWindow, DriftInputError } from "./types.ts";

export type EvidentlyMethod = "ks" | "wasserstein" | "chisquare" | "jensenshannon" | "z";

/** Names as Evidently writes them into its results. */
const DISPLAY: Readonly<Record<EvidentlyMethod, string>> = {
  ks: "K-S p_value",
  wasserstein: "Wasserstein distance (normed)",
  chisquare: "chi-square p_value",
  jensenshannon: "Jensen-Shannon distance",
  z: "Z-test p_value",
};

export interface EvidentlyColumn {
  readonly column: string;
  readonly type: "num" | "cat";
  readonly method: EvidentlyMethod;
  readonly displayName: string;
  readonly score: number;
  readonly threshold: number;
  readonly drifted: boolean;
  /** Is it among the columns that drifted? As `drifted`, but for infinities, which Evidently drops in one place and not in the other. */
  readonly counted: boolean;
}

/** A column that is not judged, and why. */
export interface EvidentlySkipped {
  readonly column: string;
  readonly reason: string;
}

/** A column that Evidently raises an error for. */
export interface EvidentlyRefused {
  readonly column: string;
  readonly problem: string;
}

export type EvidentlyJudged = EvidentlyColumn | EvidentlySkipped | EvidentlyRefused;

export interface EvidentlyVerdict {
  readonly verdict: "drift" | "stable";
  readonly driftShare: number;
  readonly drifted: { readonly count: number; readonly share: number };
  /** Those of numbers first, as Evidently orders them. */
  readonly columns: readonly EvidentlyColumn[];
  /** Columns that Evidently judges by a text classifier, leaves out or refuses: not judged here. */
  readonly skipped: readonly EvidentlySkipped[];
}

/** Reference rows up to which Evidently tests; past it, it takes distances. */
const SMALL_REFERENCE = 1000;
const FEW_VALUES = 5;

type Counts = ReadonlyMap<string, number>;

const rowsOf = (counts: Counts): number => counts.values().reduce((sum, count) => sum + count, 0);

function keysOf(reference: Counts, current: Counts): string[] {
  return [...new Set([...reference.keys(), ...current.keys()])];
}

const countsAt = (counts: Counts, keys: readonly string[]): number[] =>
  keys.map((key) => counts.get(key) ?? 0);

function jensenShannon(reference: Counts, current: Counts): number {
  const keys = keysOf(reference, current);
  return jensenShannonDistance(countsAt(reference, keys), countsAt(current, keys));
}

function chiSquare(reference: Counts, current: Counts): number {
  const keys = keysOf(reference, current);
  const scale = rowsOf(current) / rowsOf(reference);
  const expected = countsAt(reference, keys).map((count) => count * scale);
  return expected.includes(0) ? 0 : chiSquareGoodnessOfFit(countsAt(current, keys), expected).pValue;
}

/** Pooled z-test of the share of one of two values; which of them makes no difference. */
function zTest(reference: Counts, current: Counts): number {
  const [key = ""] = reference.keys();
  const [n, m] = [rowsOf(reference), rowsOf(current)];
  const [p, q] = [(reference.get(key) ?? 0) / n, (current.get(key) ?? 0) / m];
  const pooled = (p * n + q * m) / (n + m);
  const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m));
  return deviation === 0 ? 1 : 2 * normal.sf(Math.abs(p - q) / deviation);
}

function normedWasserstein(reference: Float64Array, current: Float64Array): number {
  const mean = reference.reduce((a, b) => a + b, 0) / reference.length;
  const variance = reference.reduce((a, b) => a + (b - mean) ** 2, 0) / reference.length;
  return wassersteinDistance(reference, current) / Math.max(Math.sqrt(variance), 0.001);
}

/** Are there more distinct numbers than so many on both sides together? */
function hasMoreThan(limit: number, sides: readonly Float64Array[]): boolean {
  const distinct = new Set<number>();
  return sides.some((side) => side.some((value) => distinct.add(value).size > limit));
}

function methodOf(reference: EvidentlySide, current: EvidentlySide, type: "num" | "cat"): EvidentlyMethod {
  const isSmall = reference.rows <= SMALL_REFERENCE;
  if (type === "num" && hasMoreThan(FEW_VALUES, [reference.numbers(), current.numbers()]))
    return isSmall ? "ks" : "wasserstein";
  if (!isSmall) return "jensenshannon";
  return keysOf(reference.counts(), current.counts()).length <= 2 ? "z" : "chisquare";
}

type Score = Pick<EvidentlyColumn, "method" | "score" | "threshold" | "drifted">;

function scoreOf(reference: EvidentlySide, current: EvidentlySide, type: "num" | "cat"): Score {
  const method = methodOf(reference, current, type);
  const scores: Readonly<Record<EvidentlyMethod, () => number>> = {
    ks: () => ksTwoSample(reference.numbers(), current.numbers()).pValue,
    wasserstein: () => normedWasserstein(reference.numbers(), current.numbers()),
    chisquare: () => chiSquare(reference.counts(), current.counts()),
    jensenshannon: () => jensenShannon(reference.counts(), current.counts()),
    z: () => zTest(reference.counts(), current.counts()),
  };
  const score = scores[method]();
  const isDistance = method === "wasserstein" || method === "jensenshannon";
  const threshold = isDistance ? 0.1 : 0.05;
  const drifted = isDistance ? score >= threshold : method === "ks" ? score <= threshold : score < threshold;
  return { method, score, threshold, drifted };
}

/** One column by Evidently's rules, or why it is not judged. The current side says what type the column has. */
export function judgeEvidentlyColumn(
  column: string,
  reference: EvidentlyTally,
  current: EvidentlyTally,
): EvidentlyJudged {
  const { type } = current;
  if (type === "empty" || reference.rows === 0) return { column, reason: "no values" };
  if (type === "text") return { column, reason: "text is not supported" };
  if (type === "unknown")
    return { column, reason: "Evidently takes no truth values with missing ones or numbers among them" };
  if (type === "num" && !reference.isNumeric)
    return {
      column,
      problem: `reference.columns[${JSON.stringify(column)}]: expected numbers, as in current, got text`,
    };
  const score = scoreOf(reference, current, type);
  const sides = [reference.counted(), current.counted()] as const;
  const isSame = sides[0] === reference && sides[1] === current;
  const { drifted: counted } = isSame ? score : scoreOf(...sides, type);
  return { column, type, displayName: DISPLAY[score.method], ...score, counted };
}

/**
 * What Evidently concludes of columns that were judged one by one: drift when `driftShare` of them drifted. Throws `DriftInputError` where a column
 * is refused or none is judged.
 */
export function evidentlyVerdictOf(judged: readonly EvidentlyJudged[], driftShare = 0.5): EvidentlyVerdict {
  const problems = judged.flatMap((c) => ("problem" in c ? [c.problem] : []));
  if (problems.length > 0) throw new DriftInputError(problems);
  const columns = (["num", "cat"] as const).flatMap((type) =>
    judged.filter((c): c is EvidentlyColumn => "type" in c && c.type === type),
  );
  const skipped = judged.filter((c): c is EvidentlySkipped => "reason" in c);
  if (columns.length === 0)
    throw new DriftInputError([
      `current.columns: expected at least one that Evidently's rules judge, got ${JSON.stringify(skipped)}`,
    ]);
  const count = columns.filter((c) => c.counted).length;
  const share = count / columns.length;
  const verdict = share >= driftShare ? "drift" : "stable";
  return { verdict, driftShare, drifted: { count, share }, columns, skipped };
}

/** Columns of one side that the other lacks: the reference must have those of current; more there are not judged. */
export function evidentlyColumns(
  reference: readonly string[],
  current: readonly string[],
): { names: string[]; skipped: EvidentlySkipped[] } {
  const lacking = current.filter((name) => !reference.includes(name));
  if (lacking.length > 0)
    throw new DriftInputError(
      lacking.map((name) => `reference.columns: expected ${JSON.stringify(name)}, as in current, got none`),
    );
  const lost = reference.filter((name) => !current.includes(name));
  return {
    names: [...current],
    skipped: lost.map((column) => ({ column, reason: "not in the current data" })),
  };
}

/** Judges current rows against reference rows by Evidently's rules. Throws `DriftInputError`. */
export function evidentlyVerdict(
  reference: DataWindow,
  current: DataWindow,
  driftShare = 0.5,
): EvidentlyVerdict {
  const tallyOf = ({ columns }: DataWindow, name: string): EvidentlyTally => {
    const tally = new EvidentlyTally();
    tally.add(columns[name] ?? []);
    return tally;
  };
  const { names, skipped } = evidentlyColumns(Object.keys(reference.columns), Object.keys(current.columns));
  const judged = names.map((name) =>
    judgeEvidentlyColumn(name, tallyOf(reference, name), tallyOf(current, name)),
  );
  return evidentlyVerdictOf([...judged, ...skipped], driftShare);
}
