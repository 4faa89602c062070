import { digits, percent, shown } from "../messages.ts";
import { columnFindings, leakFindings } from "./columnChecks.ts";
import { finding } from "./finding.ts";
import { type ConsistencyPolicy, DEFAULT_CONSISTENCY_POLICY } from "./policy.ts";
import type { ConsistencyFinding, ConsistencyResult, DatasetSummary } from "./types.ts";

export interface ConsistencyContext {
  /** Rows that the dataset should have; default: as many as the last one. */
  readonly expectedRows?: number;
  /** Columns that the model still wants; default: all of the last dataset. One that it gave up may go. */
  readonly wantedColumns?: readonly string[];
  /** Findings that a person has looked at: "TypeChanged:age", or "FewerRows" wherever. They are warnings then. */
  readonly accepted?: readonly string[];
}

/**
 * Compares a dataset with the last accepted one (null: there is none; what can be seen without is still checked). Each finding has a code,
 * its numbers and a severity by the policy.
 */
export function compareDatasets(
  previous: DatasetSummary | null,
  current: DatasetSummary,
  context: ConsistencyContext = {},
  policy: ConsistencyPolicy = DEFAULT_CONSISTENCY_POLICY,
): ConsistencyResult {
  const found = [
    ...timeFindings(previous, current),
    ...labelFindings(previous, current, policy),
    ...repeatFindings(previous, current, policy),
    ...leakFindings(previous, current, policy),
    ...(previous === null ? [] : rowFindings(previous, current, context, policy)),
    ...(previous === null ? [] : columnFindings(previous, current, context.wantedColumns, policy)),
  ];
  const accepted = new Set(context.accepted ?? []);
  const findings = found.map((finding): ConsistencyFinding => {
    const isAccepted = accepted.has(finding.code) || accepted.has(`${finding.code}:${finding.column}`);
    return isAccepted ? { ...finding, severity: "warning" } : finding;
  });
  const isBroken = findings.some((finding) => finding.severity === "critical");
  const perColumn = previous === null ? 1 : 3;
  return {
    verdict: isBroken ? "fail" : "pass",
    findings,
    checks: (previous === null ? 5 : 8) + perColumn * current.columns.length,
  };
}

function* rowFindings(
  previous: DatasetSummary,
  current: DatasetSummary,
  { expectedRows = previous.rows }: ConsistencyContext,
  { fewerRows, moreRows }: ConsistencyPolicy,
): Generator<ConsistencyFinding> {
  const share = current.rows / Math.max(1, expectedRows);
  const growth = current.rows / Math.max(1, previous.rows);
  const numbers = { rows: current.rows, expectedRows, previousRows: previous.rows };
  if (share < fewerRows.warning)
    yield finding(
      "FewerRows",
      share < fewerRows.critical,
      `rows: expected about ${expectedRows}, got ${current.rows}; see whether the delivery is whole`,
      numbers,
    );
  else if (growth > moreRows)
    yield finding(
      "MoreRows",
      false,
      `rows: expected at most ${moreRows} times the ${previous.rows} before, got ${current.rows}; see whether files were taken in twice`,
      numbers,
    );
}

function* timeFindings(
  previous: DatasetSummary | null,
  { time, isTimeOrdered }: DatasetSummary,
): Generator<ConsistencyFinding> {
  if (!isTimeOrdered)
    yield finding(
      "TimeDisorder",
      true,
      "time: expected train, validation and holdout one after the other, got parts that overlap; split by time",
    );
  // Times are ordered as texts, which is their order only when all are written alike.
  if (time.isoShare > 0 && time.isoShare < 1)
    yield finding(
      "TimeFormat",
      true,
      `time: expected all as yyyy-mm-dd, got ${percent(1 - time.isoShare, 4)} otherwise; their order would be wrong`,
      { isoShare: time.isoShare },
    );
  if (previous !== null && time.isoShare === 1 && previous.time.isoShare === 1 && time.to < previous.time.to)
    yield finding(
      "OlderThanBefore",
      false,
      `time: expected rows up to ${shown(previous.time.to)} or later, got the last at ${shown(time.to)}; see whether newer data are missing`,
    );
}

function* labelFindings(
  previous: DatasetSummary | null,
  current: DatasetSummary,
  policy: ConsistencyPolicy,
): Generator<ConsistencyFinding> {
  const { mean, standardDeviation } = current.label;
  if (standardDeviation === 0 || current.rows < 2) {
    const message = `label: expected values that differ, got ${digits(mean)} in all ${current.rows} rows; see how labels are joined`;
    return yield finding("LabelConstant", true, message, { mean });
  }
  if (previous === null || previous.task !== current.task) return;
  const isClass = current.task === "binary-classification";
  const limit = isClass ? policy.labelShift : policy.labelShiftDeviations * previous.label.standardDeviation;
  const shift = mean - previous.label.mean;
  const error = Math.hypot(
    standardDeviation / Math.sqrt(current.rows),
    previous.label.standardDeviation / Math.sqrt(previous.rows),
  );
  if (Math.abs(shift) <= limit || Math.abs(shift) <= policy.standardErrors * error) return;
  const what = isClass ? "share of positives" : "mean";
  yield finding(
    "LabelShifted",
    false,
    `label: expected a ${what} near ${digits(previous.label.mean)}, got ${digits(mean)}; see whether labels mean the same`,
    { before: previous.label.mean, now: mean, standardError: error },
  );
}

function* repeatFindings(
  previous: DatasetSummary | null,
  current: DatasetSummary,
  policy: ConsistencyPolicy,
): Generator<ConsistencyFinding> {
  const before = previous?.duplicateShare ?? 0;
  const rise = current.duplicateShare - before;
  if (rise > policy.duplicateRise.warning)
    yield finding(
      "Duplicates",
      // Without a dataset before it cannot be told what is natural.
      previous !== null && rise > policy.duplicateRise.critical,
      `rows: expected about ${percent(before, 4)} repeated ones, got ${percent(current.duplicateShare, 4)}; see whether files overlap`,
      { before, now: current.duplicateShare },
    );
  const { validation, holdout } = current.seenInTraining;
  const natural = Math.min(validation, previous?.seenInTraining.holdout ?? validation);
  if (holdout - natural > policy.holdoutSeen.warning)
    yield finding(
      "HoldoutSeen",
      holdout - natural > policy.holdoutSeen.critical,
      `holdout: expected about ${percent(natural, 4)} of its rows in training too, got ${percent(holdout, 4)}; see whether old rows came with new times`,
      { natural, now: holdout },
    );
}
