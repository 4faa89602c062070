import type { DistributionSketch } from "../../statistics/streams/distributionSketch.ts";
import { percent } from "../messages.ts";
import { codePointOrder } from "../pythonValues.ts";
import { distributionGap, mostExceptions, mostlyOf, mostOutside, type Setting } from "./bounds.ts";
import { ColumnSummary } from "./columnSummary.ts";

export interface SuggestOptions {
  readonly name: string;
  /** Probability that the suite breaks on the next sample though nothing changed. Default 0.01. */
  readonly risk?: number;
  /** Rows that the next sample has at least, as a share of those at hand. Default 0.5. */
  readonly nextRows?: number;
}

/** An expectation to start from; `notes` say what the bound rests on. */
export interface SuggestedExpectation {
  readonly type: string;
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly severity: "critical" | "warning";
  readonly notes: string;
}

/** A suite in Great Expectations' format. */
export interface SuggestedSuite {
  readonly name: string;
  readonly expectations: readonly SuggestedExpectation[];
  readonly meta: Readonly<Record<string, unknown>>;
}

/** Bounds that let this share of values be exceptions would find nothing: none is given then. */
const USELESS = 0.5;
/** A set of values is closed when the chance that the next value is a new one is below this (Good and Turing: f1/n). */
const UNSEEN_MASS = 0.005;
/** Values a category must have on average; fewer say little about the rare ones. */
const ROWS_PER_CATEGORY = 20;
/** Shortest rising column that is taken for a clock or a counter: by chance one in 20! would be. */
const RISING_ROWS = 20;
/** Bounds a column gets at most; the risk is shared out over them. */
const BOUNDS_PER_COLUMN = 4;

/**
 * Makes a suite from one pass over a sample. On another sample of the same source, drawn alike and with at least
 * `nextRows` as many rows, all of it holds with probability 1 - `risk` or more: each bound has its part of the risk
 * (Bonferroni), and none assumes a family of distributions. Two conditions are taken on trust: a column of numbers stays free of text,
 * and columns stay. Sets of values rest on Good and Turing's estimate, which is right on average.
 */
export class SuiteSuggester {
  #options: Required<SuggestOptions>;
  #columns = new Map<string, ColumnSummary>();
  #rows = 0;

  constructor(options: SuggestOptions) {
    this.#options = { risk: 0.01, nextRows: 0.5, ...options };
  }

  /** Adds rows in columns; every batch has the same ones. */
  add(batch: {
    readonly rows: number;
    readonly columns: Readonly<Record<string, ArrayLike<unknown>>>;
  }): void {
    this.#rows += batch.rows;
    for (const [name, values] of Object.entries(batch.columns)) {
      const summary = this.#columns.get(name) ?? new ColumnSummary();
      this.#columns.set(name, summary);
      for (let i = 0; i < batch.rows; i++) summary.add(values[i]);
    }
  }

  finish(): SuggestedSuite {
    const { name, risk, nextRows } = this.#options;
    const alpha = risk / (BOUNDS_PER_COLUMN * Math.max(1, this.#columns.size));
    const ofColumns = [...this.#columns].flatMap(([column, summary]) => [
      ...columnExpectations(column, summary, alpha, nextRows),
    ]);
    return {
      name,
      expectations: [...this.#tableExpectations(), ...ofColumns],
      meta: {
        great_expectations_version: "1.24.1",
        suggested_from_rows: this.#rows,
        risk,
        next_rows: nextRows,
      },
    };
  }

  *#tableExpectations(): Generator<SuggestedExpectation> {
    yield {
      type: "expect_table_columns_to_match_set",
      kwargs: { column_set: [...this.#columns.keys()], exact_match: false },
      severity: "critical",
      notes: "Columns of the sample; more may come.",
    };
    yield {
      type: "expect_table_row_count_to_be_between",
      kwargs: { min_value: Math.ceil(this.#rows * this.#options.nextRows) },
      severity: "warning",
      notes: "With fewer rows the other bounds promise less.",
    };
  }
}

function* columnExpectations(
  column: string,
  summary: ColumnSummary,
  alpha: number,
  nextRows: number,
): Generator<SuggestedExpectation> {
  const { rows, missing, values, others, numbers, texts } = summary;
  const setting = (n: number): Setting => ({ n, m: Math.max(1, Math.floor(n * nextRows)), alpha });
  yield* presence(column, summary, setting(rows));
  if (values === 0 || others > 0) return;
  // The number of values varies in the next sample too, so a few less are counted on than its share of rows.
  const counted = missing === 0 ? values : Math.max(1, Math.floor(values - 4 * Math.sqrt(values)));
  const ofValues = { ...setting(counted), n: values };
  if (numbers === values) yield* numeric(column, summary, ofValues);
  else if (texts === values) yield* textual(column, summary, ofValues);
}

const chance = ({ alpha }: Setting): string =>
  `Broken by chance at most once in ${Math.round(1 / alpha)} samples.`;

/** A map expectation that allows k of m exceptions; none when that would allow nearly everything. */
function* mapped(
  type: string,
  kwargs: Readonly<Record<string, unknown>>,
  k: number,
  setting: Setting,
  notes: string,
): Generator<SuggestedExpectation> {
  if (k / setting.m > USELESS) return;
  const mostly = mostlyOf(k, setting.m);
  yield {
    type,
    kwargs: mostly < 1 ? { ...kwargs, mostly } : kwargs,
    severity: "critical",
    notes: `${notes} ${chance(setting)}`,
  };
}

function presence(column: string, summary: ColumnSummary, setting: Setting): Generator<SuggestedExpectation> {
  return mapped(
    "expect_column_values_to_not_be_null",
    { column },
    mostExceptions(summary.missing, setting),
    setting,
    `${summary.missing} of ${summary.rows} are missing; hypergeometric prediction bound.`,
  );
}

/** Range and quantiles. A column that only rises counts or is a clock: it will rise on. */
function* numeric(column: string, { sketch, isRising, values }: ColumnSummary, setting: Setting) {
  if (sketch.count < values) return;
  const isClock =
    isRising && values >= RISING_ROWS && sketch.min < sketch.max && sketch.cells().length >= RISING_ROWS;
  yield* mapped(
    "expect_column_values_to_be_between",
    { column, min_value: sketch.min, ...(isClock ? {} : { max_value: sketch.max }) },
    mostOutside(isClock ? 1 : 2, setting),
    setting,
    isClock
      ? "Least value; the column rises, so there is no upper bound."
      : "Range of the sample (Wilks' tolerance limits).",
  );
  if (!isClock) yield* quantileRanges(column, sketch, setting);
}

const QUANTILES = [0.25, 0.5, 0.75];

/** All quartiles at once: they break only where the distribution functions lie further apart than the gap anywhere. */
function* quantileRanges(
  column: string,
  sketch: DistributionSketch,
  setting: Setting,
): Generator<SuggestedExpectation> {
  const gap = distributionGap(setting);
  if (gap >= 0.5) return;
  const cells = sketch.cells();
  const valueAt = (share: number, end: "low" | "high"): number | null => {
    if (share <= 0 || share >= 1) return null;
    let rest = share * sketch.count;
    const cell = cells.find(({ count }) => {
      rest -= count;
      return rest <= 0;
    });
    return cell === undefined ? null : cell[end];
  };
  yield {
    type: "expect_column_quantile_values_to_be_between",
    kwargs: {
      column,
      quantile_ranges: {
        quantiles: QUANTILES,
        value_ranges: QUANTILES.map((q) => [valueAt(q - gap, "low"), valueAt(q + gap, "high")]),
      },
    },
    severity: "warning",
    notes: `Quantiles of the sample ${percent(gap)} around each (Dvoretzky, Kiefer, Wolfowitz). ${chance(setting)}`,
  };
}

/** A clock, a closed set, or lengths: ids and free text have no set of values. */
function* textual(column: string, summary: ColumnSummary, setting: Setting) {
  const { values, dates, times, categories } = summary;
  if (dates + times === values) return yield* clock(column, summary, setting);
  const singles = [...(categories?.values() ?? [])].filter((count) => count === 1).length;
  if (
    categories !== undefined &&
    values >= ROWS_PER_CATEGORY * categories.size &&
    singles <= UNSEEN_MASS * values
  ) {
    return yield* mapped(
      "expect_column_values_to_be_in_set",
      { column, value_set: [...categories.keys()].sort(codePointOrder) },
      mostExceptions(singles, setting),
      setting,
      `${categories.size} values, ${singles} of them seen once: the next value is a new one with about ${percent(singles / values)} (Good and Turing).`,
    );
  }
  yield* mapped(
    "expect_column_value_lengths_to_be_between",
    { column, min_value: summary.shortest, max_value: summary.longest },
    mostOutside(2, setting),
    setting,
    "Lengths of the sample (Wilks' tolerance limits); the values themselves are open.",
  );
}

/** The form of dates and times. Bounds would be nothing that Great Expectations compares text with. */
function* clock(column: string, { values, dates }: ColumnSummary, setting: Setting) {
  const isDate = dates === values;
  yield* mapped(
    isDate ? "expect_column_values_to_match_strftime_format" : "expect_column_values_to_match_regex",
    isDate ? { column, strftime_format: "%Y-%m-%d" } : { column, regex: "^\\d{4}-\\d{2}-\\d{2}[T ]?" },
    mostExceptions(0, setting),
    setting,
    "Form of every value of the sample; hypergeometric prediction bound.",
  );
}
