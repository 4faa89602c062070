import { digits, percent, shown } from "../messages.ts";
import { finding } from "./finding.ts";
import type { ConsistencyPolicy } from "./policy.ts";
import type { ColumnFacts, ConsistencyFinding, DatasetSummary } from "./types.ts";

/** Columns that came, went or changed, and values that are missing more often. */
export function* columnFindings(
  previous: DatasetSummary,
  current: DatasetSummary,
  wanted: readonly string[] | undefined,
  policy: ConsistencyPolicy,
): Generator<ConsistencyFinding> {
  const before = new Map(previous.columns.map((column) => [column.name, column]));
  const now = new Map(current.columns.map((column) => [column.name, column]));
  for (const name of before.keys())
    if (!now.has(name)) yield removed(name, wanted === undefined || wanted.includes(name));
  for (const column of current.columns) {
    const old = before.get(column.name);
    if (old === undefined)
      yield ofColumn(column.name, "ColumnAdded", false, "is new, so nothing is known to compare it with");
    else yield* changed(old, column, previous.rows, current.rows, policy);
  }
}

function removed(name: string, isWanted: boolean): ConsistencyFinding {
  const advice = isWanted ? "deliver it, or take it out of the model" : "the model no longer asks for it";
  return ofColumn(name, "ColumnRemoved", isWanted, `expected as before, got none; ${advice}`);
}

function ofColumn(
  name: string,
  code: ConsistencyFinding["code"],
  isCritical: boolean,
  message: string,
  numbers: ConsistencyFinding["numbers"] = {},
): ConsistencyFinding {
  return finding(code, isCritical, `column ${shown(name)}: ${message}`, numbers, name);
}

function* changed(
  old: ColumnFacts,
  column: ColumnFacts,
  oldRows: number,
  rows: number,
  { missingRise, standardErrors }: ConsistencyPolicy,
): Generator<ConsistencyFinding> {
  if (old.kind !== column.kind && old.kind !== "empty" && column.kind !== "empty")
    yield ofColumn(
      column.name,
      "TypeChanged",
      // Texts that have all become numbers still are texts to a model; the other way round they are lost.
      column.kind === "text",
      `expected ${old.kind}s as before, got ${column.kind}s; see what its producer changed`,
    );
  const rise = column.missingShare - old.missingShare;
  const error = Math.hypot(spread(column.missingShare, rows), spread(old.missingShare, oldRows));
  if (rise > missingRise.warning && rise > standardErrors * error)
    yield ofColumn(
      column.name,
      "MoreMissing",
      rise > missingRise.critical,
      `expected about ${percent(old.missingShare)} missing, got ${percent(column.missingShare)}; see whether its producer still fills it`,
      { before: old.missingShare, now: column.missingShare, standardError: error },
    );
}

const spread = (share: number, rows: number): number => Math.sqrt((share * (1 - share)) / Math.max(1, rows));

/** Columns that tell the label by themselves. What was accepted once is reported, not stopped again. */
export function* leakFindings(
  previous: DatasetSummary | null,
  current: DatasetSummary,
  policy: ConsistencyPolicy,
): Generator<ConsistencyFinding> {
  const isClass = current.task === "binary-classification";
  const limits = isClass ? policy.auc : policy.explained;
  const measure = isClass ? "area under the ROC curve" : "share of explained variance";
  for (const { name, labelScore } of current.columns) {
    if (labelScore === null || labelScore < limits.warning) continue;
    const before = previous?.columns.find((column) => column.name === name)?.labelScore ?? null;
    const isKnown = before !== null && before >= limits.warning;
    yield ofColumn(
      name,
      "LabelLeak",
      labelScore >= limits.critical && !isKnown,
      `expected less than ${limits.warning} ${measure} alone, got ${digits(labelScore)}; see whether it is known before the label is`,
      { now: labelScore, ...(before === null ? {} : { before }) },
    );
  }
}
