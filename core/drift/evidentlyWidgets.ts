/** What Evidently's page shows of a verdict: its widgets, without plots. */
import type { EvidentlyVerdict } from "./evidently.ts";
import { pythonFixed, pythonRounded } from "./pythonText.ts";

/** A number with a name, as Evidently's page shows it. */
export function counter(
  id: string,
  counters: readonly { readonly value: string; readonly label: string }[],
  more: {
    readonly title?: string;
    readonly size?: number;
    readonly metric?: string;
    readonly params?: object;
  } = {},
): object {
  return {
    type: "counter",
    title: more.title ?? "",
    size: more.size ?? 2,
    id,
    params: { counters, ...more.params },
    linked_metrics: more.metric === undefined ? null : [more.metric],
  };
}

/** The page that Evidently shows: whether the data drifted, and a table of the columns. */
export function pageWidgets({ verdict, driftShare, drifted, columns }: EvidentlyVerdict): object[] {
  const head = `Dataset Drift is ${verdict === "drift" ? "detected" : "NOT detected"}. Dataset drift detection threshold is ${driftShare}`;
  const fields = {
    column_name: "Column",
    column_type: "Type",
    data_drift: "Data Drift",
    stattest_name: "Stat Test",
    drift_score: "Drift Score",
  };
  const data = columns.map((c) => ({
    column_name: c.column,
    column_type: c.type,
    data_drift: c.drifted ? "Detected" : "Not Detected",
    stattest_name: c.displayName,
    drift_score: Number(pythonFixed(c.score, 6)),
  }));
  const percent = pythonFixed(100 * drifted.share, 1);
  return [
    counter("dataset-drift", [{ value: "Dataset Drift", label: head }]),
    counter("dataset-drift-columns", [
      { value: String(columns.length), label: "Columns" },
      { value: String(drifted.count), label: "Drifted Columns" },
      { value: pythonRounded(drifted.share, 3), label: "Share of Drifted Columns" },
    ]),
    {
      type: "big_table",
      title: `Drift is detected for ${percent}% of columns (${drifted.count} out of ${columns.length}).`,
      size: 2,
      id: "data-drift-table",
      alertsPosition: "row",
      params: {
        rowsPerPage: Math.min(columns.length, 10),
        columns: Object.entries(fields).map(([field, title]) => ({ title, field })),
        data,
      },
    },
  ];
}

export function testWidgets(
  tests: readonly { readonly name: string; readonly description: string; readonly status: string }[],
): object[] {
  const counters = (["SUCCESS", "WARNING", "FAIL", "ERROR"] as const).map((label) => ({
    value: String(tests.filter((test) => test.status === label).length),
    label,
  }));
  const shown = tests.map(({ name, description, status }) => ({
    title: name,
    description,
    state: status.toLowerCase(),
    groups: [],
  }));
  return [
    counter("tests", counters, { params: { v2_test: true } }),
    { type: "test_suite", title: "", size: 2, id: "tests-table", params: { v2_test: true, tests: shown } },
  ];
}
