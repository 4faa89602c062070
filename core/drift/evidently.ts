/**
 * Evidently 0.7's default drift rules on raw columns, for teams that compare verdicts while they move over. Faithful,
 * faults included: constant thresholds whatever the sample size, no correction over columns, new categories give p = 0.
 */
import {
  chiSquareGoodnessOfFit,
  jensenShannonDistance,
  ksTwoSample,
  normal,
  wassersteinDistance,
} from "../statistics/index.ts";
import { categoryOf, numberOf } from "./cells.ts";
import { type Cell, type Column, type DataWindow, DriftInputError } from "./types.ts";

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
}

export interface EvidentlyVerdict {
  readonly verdict: "drift" | "stable";
  readonly driftShare: number;
  readonly drifted: { readonly count: number; readonly share: number };
  readonly columns: readonly EvidentlyColumn[];
  /** Columns that Evidently would judge by a text classifier, or that hold nothing: not judged here. */
  readonly skipped: readonly { readonly column: string; readonly reason: string }[];
}

/** Reference rows up to which Evidently tests; past it, it takes distances. */
const SMALL_REFERENCE = 1000;
const FEW_VALUES = 5;
const BINNED_FROM = 20;
const CATEGORICAL_INTEGERS = 10;

type Kind = "num" | "cat" | "text" | "empty";

function kindOf(column: Column): Kind {
  const values = Array.from(column as ArrayLike<Cell>).filter((v) => categoryOf(v) !== undefined);
  if (values.length === 0) return "empty";
  const distinct = new Set(values).size;
  if (values.every((v) => typeof v === "number")) {
    const isInteger = values.length === column.length && values.every(Number.isInteger);
    return isInteger && distinct <= CATEGORICAL_INTEGERS ? "cat" : "num";
  }
  return values.some((v) => typeof v === "string") && distinct > values.length / 2 ? "text" : "cat";
}

function numbersOf(column: Column): number[] {
  return Array.from(column as ArrayLike<Cell>, numberOf).filter(Number.isFinite);
}

function countBy(values: readonly (string | number)[], keys: readonly (string | number)[]): number[] {
  const counts = new Map<string | number, number>(keys.map((k) => [k, 0]));
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return keys.map((k) => counts.get(k) as number);
}

/** NumPy's histogram over Sturges bins of both samples together; the last bin is closed. */
function sturgesCounts(reference: readonly number[], current: readonly number[]): [number[], number[]] {
  const pooled = [...reference, ...current];
  const low = pooled.reduce((a, b) => Math.min(a, b));
  const high = pooled.reduce((a, b) => Math.max(a, b));
  const bins = Math.max(1, Math.ceil(Math.log2(pooled.length) + 1));
  const edge = (i: number): number => (i === bins ? high : low + (i * (high - low)) / bins);
  const histogram = (values: readonly number[]): number[] => {
    const counts = new Array<number>(bins).fill(0);
    for (const value of values) {
      let at = Math.min(bins - 1, Math.floor(((value - low) / (high - low || 1)) * bins));
      if (value < edge(at)) at--;
      else if (at < bins - 1 && value >= edge(at + 1)) at++;
      counts[at] = (counts[at] as number) + 1;
    }
    return counts;
  };
  return [histogram(reference), histogram(current)];
}

function jensenShannon(
  reference: readonly (string | number)[],
  current: readonly (string | number)[],
  type: "num" | "cat",
): number {
  if (type === "num" && new Set(reference).size > BINNED_FROM) {
    return jensenShannonDistance(...sturgesCounts(reference as number[], current as number[]));
  }
  const keys = [...new Set([...reference, ...current])];
  return jensenShannonDistance(countBy(reference, keys), countBy(current, keys));
}

function chiSquare(reference: readonly (string | number)[], current: readonly (string | number)[]): number {
  const keys = [...new Set([...reference, ...current])];
  const scale = current.length / reference.length;
  const expected = countBy(reference, keys).map((c) => c * scale);
  const observed = countBy(current, keys);
  return expected.includes(0) ? 0 : chiSquareGoodnessOfFit(observed, expected).pValue;
}

/** Pooled z-test of the share of values other than the first key in order. */
function zTest(reference: readonly (string | number)[], current: readonly (string | number)[]): number {
  const keys = [...new Set([...reference, ...current])].sort((a, b) => (a < b ? -1 : 1));
  const share = (values: readonly (string | number)[]): number =>
    values.filter((v) => v !== keys[0]).length / values.length;
  const [p, q] = [share(reference), share(current)];
  const pooled = (p * reference.length + q * current.length) / (reference.length + current.length);
  const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / reference.length + 1 / current.length));
  return deviation === 0 ? 1 : 2 * normal.sf(Math.abs(p - q) / deviation);
}

function normedWasserstein(reference: readonly number[], current: readonly number[]): number {
  const mean = reference.reduce((a, b) => a + b, 0) / reference.length;
  const variance = reference.reduce((a, b) => a + (b - mean) ** 2, 0) / reference.length;
  return wassersteinDistance(reference, current) / Math.max(Math.sqrt(variance), 0.001);
}

function methodFor(type: "num" | "cat", referenceRows: number, distinct: number): EvidentlyMethod {
  const isSmall = referenceRows <= SMALL_REFERENCE;
  if (type === "num" && distinct > FEW_VALUES) return isSmall ? "ks" : "wasserstein";
  if (!isSmall) return "jensenshannon";
  return distinct <= 2 ? "z" : "chisquare";
}

function judgeColumn(
  column: string,
  type: "num" | "cat",
  reference: Column,
  current: Column,
): EvidentlyColumn | undefined {
  const values = (c: Column): (string | number)[] =>
    type === "num"
      ? numbersOf(c)
      : Array.from(c as ArrayLike<Cell>, categoryOf).filter((v) => v !== undefined);
  const [ref, cur] = [values(reference), values(current)];
  if (ref.length === 0 || cur.length === 0) return undefined;
  const method = methodFor(type, ref.length, new Set([...ref, ...cur]).size);
  const scores: Readonly<Record<EvidentlyMethod, () => number>> = {
    ks: () => ksTwoSample(ref as number[], cur as number[]).pValue,
    wasserstein: () => normedWasserstein(ref as number[], cur as number[]),
    chisquare: () => chiSquare(ref, cur),
    jensenshannon: () => jensenShannon(ref, cur, type),
    z: () => zTest(ref, cur),
  };
  const score = scores[method]();
  const isDistance = method === "wasserstein" || method === "jensenshannon";
  const threshold = isDistance ? 0.1 : 0.05;
  const drifted = isDistance ? score >= threshold : method === "ks" ? score <= threshold : score < threshold;
  return { column, type, method, displayName: DISPLAY[method], score, threshold, drifted };
}

/** Judges current rows against reference rows by Evidently's rules; drift when `driftShare` of the columns drifted. */
export function evidentlyVerdict(
  reference: DataWindow,
  current: DataWindow,
  driftShare = 0.5,
): EvidentlyVerdict {
  const columns: EvidentlyColumn[] = [];
  const skipped: { column: string; reason: string }[] = [];
  const problems: string[] = [];
  for (const [name, values] of Object.entries(reference.columns)) {
    const now = current.columns[name];
    if (now === undefined) {
      problems.push(
        `current.columns[${JSON.stringify(name)}]: expected the columns of the reference, got none of that name`,
      );
      continue;
    }
    const kind = kindOf(values);
    const judged = kind === "num" || kind === "cat" ? judgeColumn(name, kind, values, now) : undefined;
    if (judged !== undefined) columns.push(judged);
    else skipped.push({ column: name, reason: kind === "text" ? "text is not supported" : "no values" });
  }
  if (problems.length > 0) throw new DriftInputError(problems);
  const count = columns.filter((c) => c.drifted).length;
  const share = columns.length === 0 ? 0 : count / columns.length;
  return {
    verdict: share >= driftShare && count > 0 ? "drift" : "stable",
    driftShare,
    drifted: { count, share },
    columns,
    skipped,
  };
}

/** The verdict in the shape of `snapshot.json()` of Evidently 0.7: metrics and tests. */
export function toEvidentlySnapshot(verdict: EvidentlyVerdict): {
  readonly metrics: readonly unknown[];
  readonly tests: readonly unknown[];
} {
  const name = (c: EvidentlyColumn): string =>
    `ValueDrift(column=${c.column},method=${c.displayName},threshold=${c.threshold})`;
  const drifted = {
    id: "drifted-columns-count",
    metric_name: `DriftedColumnsCount(drift_share=${verdict.driftShare})`,
    config: { type: "evidently:metric_v2:DriftedColumnsCount", drift_share: verdict.driftShare },
    value: { count: verdict.drifted.count, share: verdict.drifted.share },
  };
  const metrics = verdict.columns.map((c) => ({
    id: `value-drift-${c.column}`,
    metric_name: name(c),
    config: {
      type: "evidently:metric_v2:ValueDrift",
      column: c.column,
      method: c.displayName,
      threshold: c.threshold,
    },
    value: c.score,
  }));
  const tests = verdict.columns.map((c) => ({
    id: "drift",
    name: `Value Drift for column ${c.column}`,
    description: `Drift score is ${c.score.toFixed(2)}. The drift detection method is ${c.displayName}. The drift threshold is ${c.threshold.toFixed(2)}.`,
    metric_config: {
      metric_id: `value-drift-${c.column}`,
      params: { column: c.column, method: c.displayName, threshold: c.threshold },
    },
    test_config: {},
    status: c.drifted ? "FAIL" : "SUCCESS",
  }));
  return { metrics: [drifted, ...metrics], tests };
}
