/**
 * Evidently 0.7's default drift rules, for teams that compare verdicts while they move over. Faithful, faults included: constant thresholds
 * whatever the sample size, no correction over columns, new categories give p = 0.
 */
import { problem } from "../problemsError.ts";
import {
  chiSquareGoodnessOfFit,
  jensenShannonDistance,
  jensenShannonTerm,
  ksPValue,
  normal,
  walkSorted,
  wassersteinOfSorted,
} from "../statistics/index.ts";
import { type EvidentlySide, EvidentlyTally } from "./evidentlyTally.ts";
import { type DataWindow, DriftInputError, refuse } from "./types.ts";

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

const NO_COUNTS: Counts = new Map();
const rowsOf = (counts: Counts): number => counts.values().reduce((sum, count) => sum + count, 0);

function keysOf(reference: Counts, current: Counts): string[] {
  return [...new Set([...reference.keys(), ...current.keys()])];
}

const countsAt = (counts: Counts, keys: readonly string[]): number[] =>
  keys.map((key) => counts.get(key) ?? 0);

/** By counts, or by walks through the values where these are too many for memory. */
function jensenShannon(reference: EvidentlySide, current: EvidentlySide): number {
  const [before, now] = [reference.counts(), current.counts()];
  if (before !== undefined && now !== undefined) {
    const keys = keysOf(before, now);
    return jensenShannonDistance(countsAt(before, keys), countsAt(now, keys));
  }
  let divergence = 0;
  walkSorted(reference.keys(), current.keys(), (_, below, upTo) => {
    divergence += jensenShannonTerm(
      (upTo[0] - below[0]) / reference.rows,
      (upTo[1] - below[1]) / current.rows,
    );
  });
  return Math.sqrt(Math.max(0, divergence));
}

/** A value that the reference lacks makes it 0; so do more values than are counted, as a small reference cannot have them all. */
function chiSquare(reference: Counts | undefined, current: Counts | undefined): number {
  if (reference === undefined || current === undefined) return 0;
  const keys = keysOf(reference, current);
  const scale = rowsOf(current) / rowsOf(reference);
  const expected = countsAt(reference, keys).map((count) => count * scale);
  return expected.includes(0) ? 0 : chiSquareGoodnessOfFit(countsAt(current, keys), expected).pValue;
}

/** Pooled z-test of the share of one of two values; which of them makes no difference. */
function zTest(reference: Counts = NO_COUNTS, current: Counts = NO_COUNTS): number {
  const [key = ""] = reference.keys();
  const [n, m] = [rowsOf(reference), rowsOf(current)];
  const [p, q] = [(reference.get(key) ?? 0) / n, (current.get(key) ?? 0) / m];
  const pooled = (p * n + q * m) / (n + m);
  const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m));
  return deviation === 0 ? 1 : 2 * normal.sf(Math.abs(p - q) / deviation);
}

function normedWasserstein(reference: EvidentlySide, current: EvidentlySide): number {
  const distance = wassersteinOfSorted(
    { length: reference.rows, parts: reference.numbers() },
    { length: current.rows, parts: current.numbers() },
  );
  return distance / Math.max(reference.deviation, 0.001);
}

function kolmogorovSmirnov(reference: EvidentlySide, current: EvidentlySide): number {
  const [n, m] = [reference.rows, current.rows];
  let gap = 0;
  walkSorted(reference.numbers(), current.numbers(), (_, __, [i, j]) => {
    gap = Math.max(gap, Math.abs(i * m - j * n));
  });
  return Math.min(1, Math.max(0, ksPValue(gap, n, m)));
}

/** Are there more distinct numbers than a few on both sides together? */
function hasMany(reference: EvidentlySide, current: EvidentlySide): boolean {
  const [before, now] = [reference.few(), current.few()];
  if (before === undefined || now === undefined) return true;
  return new Set([...before.keys(), ...now.keys()]).size > FEW_VALUES;
}

function methodOf(reference: EvidentlySide, current: EvidentlySide, type: "num" | "cat"): EvidentlyMethod {
  const isSmall = reference.rows <= SMALL_REFERENCE;
  if (type === "num" && hasMany(reference, current)) return isSmall ? "ks" : "wasserstein";
  if (!isSmall) return "jensenshannon";
  const [before, now] = [reference.counts(), current.counts()];
  return before && now && keysOf(before, now).length <= 2 ? "z" : "chisquare";
}

type Score = Pick<EvidentlyColumn, "method" | "score" | "threshold" | "drifted">;

function scoreOf(reference: EvidentlySide, current: EvidentlySide, type: "num" | "cat"): Score {
  const method = methodOf(reference, current, type);
  const scores: Readonly<Record<EvidentlyMethod, () => number>> = {
    ks: () => kolmogorovSmirnov(reference, current),
    wasserstein: () => normedWasserstein(reference, current),
    chisquare: () => chiSquare(reference.counts(), current.counts()),
    jensenshannon: () => jensenShannon(reference, current),
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
  refuse(judged.flatMap((c) => ("problem" in c ? [c.problem] : [])));
  const columns = (["num", "cat"] as const).flatMap((type) =>
    judged.filter((c): c is EvidentlyColumn => "type" in c && c.type === type),
  );
  const skipped = judged.filter((c): c is EvidentlySkipped => "reason" in c);
  if (columns.length === 0)
    throw new DriftInputError([
      problem("current.columns", "at least one that Evidently's rules judge", skipped),
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
  refuse(
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
