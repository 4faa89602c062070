import { problem } from "../problemsError.ts";
import { bootstrapRowsOfAll, type WeightedStatistic } from "../statistics/index.ts";
import { type HeldRows, heldMetric } from "./heldMetric.ts";
import type { Plans } from "./metrics/plan.ts";
import { type EvaluationOptions, type MetricEstimate, orNull, refuse } from "./types.ts";

export interface SliceEvaluation<Metric extends string> {
  readonly column: string;
  readonly value: string;
  readonly rows: number;
  readonly metrics: Readonly<Record<Metric, MetricEstimate>>;
}

export interface Evaluation<Metric extends string> {
  /** Rows given. */
  readonly rows: number;
  /** Rows with a label, and their share: everything below is about these. */
  readonly labelled: number;
  readonly labelCoverage: number;
  readonly metrics: Readonly<Record<Metric, MetricEstimate>>;
  readonly slices: readonly SliceEvaluation<Metric>[];
}

/** Columns whose values cut the rows into slices. */
export type SliceColumns = Readonly<Record<string, ArrayLike<unknown>>>;

type Rules = Required<Omit<EvaluationOptions, "only">> & Pick<EvaluationOptions, "only">;

const DEFAULTS: Rules = { confidence: 0.95, repetitions: 200, seed: 1 };
const UNKNOWN: MetricEstimate = { value: null, low: null, high: null };

function estimates(rows: number, statistics: readonly WeightedStatistic[], options: Rules): MetricEstimate[] {
  if (rows === 0) return statistics.map(() => UNKNOWN);
  if (options.repetitions === 0)
    return statistics.map((statistic) => ({ value: orNull(statistic(null)), low: null, high: null }));
  return bootstrapRowsOfAll(rows, statistics, options).map(({ estimate, low, high }) => ({
    value: orNull(estimate),
    low: orNull(low),
    high: orNull(high),
  }));
}

function estimateAll<Metric extends string>(
  table: Plans<Metric>,
  rows: HeldRows,
  options: Rules,
): Record<Metric, MetricEstimate> {
  const entries = Object.entries<Plans<Metric>[Metric]>(table);
  const asked = entries.filter(([name]) => options.only?.some((one) => one === name) ?? true);
  const found = estimates(
    rows.labels.length,
    asked.map(([, planOf]) => heldMetric(planOf, rows)),
    options,
  );
  const byName = new Map(asked.map(([name], i) => [name, found[i] as MetricEstimate]));
  return Object.fromEntries(entries.map(([name]) => [name, byName.get(name) ?? UNKNOWN])) as Record<
    Metric,
    MetricEstimate
  >;
}

/** Rows of each value of each slice column, among the given rows, in the order of the value's text. */
function slicesOf(
  columns: SliceColumns,
  rows: readonly number[],
): { column: string; value: string; rows: number[] }[] {
  return Object.entries(columns).flatMap(([column, values]) => {
    const groups = Map.groupBy(rows, (i) => String(values[i] ?? "(missing)"));
    const sorted = [...groups].sort((a, b) => (a[0] < b[0] ? -1 : 1));
    return sorted.map(([value, members]) => ({ column, value, rows: members }));
  });
}

/** Rows whose label is one. */
export function rowsWith(labels: ArrayLike<unknown>, isLabel: (label: unknown) => boolean): number[] {
  return Array.from(labels, (_, i) => i).filter((i) => isLabel(labels[i]));
}

/** Rows that have a label. Throws `EvaluationInputError` when labels or slice columns are of another length. */
export function labelledRows(
  input: { readonly labels: ArrayLike<unknown>; readonly slices?: SliceColumns | undefined },
  length: number,
  where: string,
  isLabel: (label: unknown) => boolean,
): number[] {
  const problems: string[] = [];
  if (input.labels.length !== length) {
    problems.push(problem(`${where}.labels`, `${length} values, one a row`, input.labels.length));
  }
  for (const [name, column] of Object.entries(input.slices ?? {})) {
    if (column.length !== length)
      problems.push(problem(`${where}.slices.${name}`, `${length} values`, column.length));
  }
  refuse(problems);
  return rowsWith(input.labels, isLabel);
}

/** Every metric of the table with its interval, over the labelled rows and over each slice of them. */
export function evaluateRows<Metric extends string>(
  table: Plans<Metric>,
  dataOf: (rows: readonly number[]) => HeldRows,
  rows: { readonly given: number; readonly known: readonly number[] },
  slices: SliceColumns,
  options: EvaluationOptions,
): Evaluation<Metric> {
  const { given, known } = rows;
  const rules = { ...DEFAULTS, ...options };
  const over = (part: readonly number[]) => estimateAll(table, dataOf(part), rules);
  return {
    rows: given,
    labelled: known.length,
    labelCoverage: given === 0 ? 0 : known.length / given,
    metrics: over(known),
    slices: slicesOf(slices, known).map(({ column, value, rows: members }) => ({
      column,
      value,
      rows: members.length,
      metrics: over(members),
    })),
  };
}
