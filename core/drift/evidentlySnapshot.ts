/**
 * Evidently 0.7's two forms of a result, in one object, as they share no key: what `Snapshot.dumps()` writes and `Snapshot.load` reads, and what
 * `snapshot.json()` gives to programs (`metrics` and `tests`; Evidently's loader ignores them).
 */
import type { EvidentlyColumn, EvidentlyVerdict } from "./evidently.ts";
import { counter, pageWidgets, testWidgets } from "./evidentlyWidgets.ts";
import { pythonFixed, pythonRounded, pythonText } from "./pythonText.ts";

export interface EvidentlySnapshotOptions {
  /** When the rows were judged, ISO date and time without a zone, as Evidently writes it. */
  readonly timestamp: string;
  /** MD5 of a text as hexadecimal digits: Evidently's ids of metrics, by which it follows one from run to run. */
  readonly md5: (text: string) => string;
  readonly name?: string;
}

export interface EvidentlySnapshot {
  readonly metrics: readonly unknown[];
  readonly tests: readonly unknown[];
  readonly report: { readonly items: readonly [] };
  readonly name: string | null;
  readonly timestamp: string;
  readonly metadata: Readonly<Record<string, never>>;
  readonly tags: readonly string[];
  readonly metric_results: Readonly<Record<string, unknown>>;
  readonly top_level_metrics: readonly string[];
  readonly widgets: readonly unknown[];
  readonly tests_widgets: readonly unknown[];
}

/** A test of a metric and how it came out. */
export interface EvidentlyTest {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly metric_config: MetricConfig;
  readonly test_config: object;
  readonly status: "FAIL" | "SUCCESS";
  readonly bound_test: object;
}

interface MetricConfig {
  readonly metric_id: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A metric in both forms. */
interface Metric {
  readonly id: string;
  readonly result: object;
  readonly short: object;
  readonly test: EvidentlyTest;
}

/** Evidently names a metric by its class and the parameters that were asked for; those that it chose itself do not count. */
const METRICS = "evidently.metrics.column_statistics";
const fingerprintOfCount = (share: number): string =>
  `${METRICS}.DriftedColumnsCount${share === 0.5 ? "()" : `(('drift_share', ${share}),)`}`;
const fingerprintOfColumn = (column: string): string =>
  `${METRICS}.ValueDrift(('column', ${pythonText(column)}),)`;

const singleValue = (
  name: string,
  metric: MetricConfig,
  param: object,
  value: number,
  rest: object,
): object => ({
  type: "evidently:metric_result_v2:SingleValue",
  display_name: name,
  metric_value_location: { metric, param },
  ...rest,
  value,
});

/** How many columns drifted, with the test of their share. */
function countMetric({ driftShare, drifted }: EvidentlyVerdict, id: string): Metric {
  const params = { type: "evidently:metric_v2:DriftedColumnsCount", drift_share: driftShare };
  const config = { metric_id: id, params };
  const [count, share] = ["Count of Drifted Columns", "Share of Drifted Columns"];
  const limit = pythonFixed(driftShare, 3);
  const lessThan = {
    type: "evidently:test_v2:LessThanMetricTest",
    is_critical: true,
    alias: null,
    label_filters: null,
    threshold: driftShare,
  };
  const test: EvidentlyTest = {
    id: "lt",
    name: `${share}: Less ${limit}`,
    description: `${share}: Actual value ${pythonFixed(drifted.share, 3)} ${drifted.share < driftShare ? "<" : ">="} ${limit}`,
    metric_config: config,
    test_config: lessThan,
    status: drifted.share < driftShare ? "SUCCESS" : "FAIL",
    bound_test: {
      type: "evidently:bound_test:CountBoundTest",
      test: lessThan,
      metric_fingerprint: id,
      is_count: false,
    },
  };
  const shown = (name: string, value: string): object =>
    counter(`${id}-${name}`, [{ value, label: "" }], { title: `${count}: ${name}`, size: 1, metric: id });
  const nothing = { widget: null, tests: [] };
  const result = {
    type: "evidently:metric_result_v2:CountValue",
    display_name: count,
    metric_value_location: { metric: config, param: {} },
    widget: [shown("count", drifted.count.toFixed(1)), shown("share", pythonFixed(drifted.share, 2))],
    tests: [test],
    count: singleValue(count, config, { value_type: "count" }, drifted.count, nothing),
    share: singleValue(share, config, { value_type: "share" }, drifted.share, nothing),
  };
  const short = {
    id,
    metric_name: `DriftedColumnsCount(drift_share=${driftShare})`,
    config: params,
    value: { count: drifted.count, share: drifted.share },
  };
  return { id, result, short, test };
}

/** The drift of one column, with its test. */
function columnMetric(c: EvidentlyColumn, id: string): Metric {
  const { column, displayName: method, threshold, score } = c;
  const params = { type: "evidently:metric_v2:ValueDrift", column, method, threshold };
  const config = { metric_id: id, params };
  const test: EvidentlyTest = {
    id: "drift",
    name: `Value Drift for column ${column}`,
    description: `Drift score is ${pythonFixed(score, 2)}. The drift detection method is ${method}. The drift threshold is ${pythonFixed(threshold, 2)}.`,
    metric_config: config,
    test_config: {},
    status: c.drifted ? "FAIL" : "SUCCESS",
    bound_test: {
      type: "evidently:bound_test:ValueDriftBoundTest",
      test: { type: "evidently:test_v2:ValueDriftTest", is_critical: true, alias: null, label_filters: null },
      metric_fingerprint: id,
    },
  };
  const label = `Data drift ${c.drifted ? "detected" : "not detected"}. Drift detection method: ${method}. Drift score: ${pythonRounded(score, 3)}`;
  const widget = [counter(`${id}-drift`, [{ value: `Drift in column '${column}'`, label }], { metric: id })];
  const result = singleValue(`Value drift for ${column}`, config, {}, score, { widget, tests: [test] });
  const metric_name = `ValueDrift(column=${column},method=${method},threshold=${threshold})`;
  return { id, result, short: { id, metric_name, config: params, value: score }, test };
}

/**
 * The verdict as a report of Evidently's `DataDriftPreset` with tests: metrics with the ids that Evidently gives them, values, tests, and widgets for
 * its page (without its plots, which need the rows).
 */
export function toEvidentlySnapshot(
  verdict: EvidentlyVerdict,
  { timestamp, md5, name }: EvidentlySnapshotOptions,
): EvidentlySnapshot {
  const metrics = [
    countMetric(verdict, md5(fingerprintOfCount(verdict.driftShare))),
    ...verdict.columns.map((c) => columnMetric(c, md5(fingerprintOfColumn(c.column)))),
  ];
  const tests = metrics.map(({ test }) => test);
  return {
    metrics: metrics.map(({ short }) => short),
    tests,
    report: { items: [] },
    name: name ?? null,
    timestamp,
    metadata: {},
    tags: [],
    metric_results: Object.fromEntries(metrics.map(({ id, result }) => [id, result])),
    top_level_metrics: metrics.map(({ id }) => id),
    widgets: pageWidgets(verdict),
    tests_widgets: testWidgets(tests),
  };
}
