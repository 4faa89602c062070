/** What became of every capture and every label of a retraining set, in numbers that add up and words that say why. */
import type { Joined } from "./join.ts";
import type { MergeCounts } from "./mergeRows.ts";

export interface TableCounts {
  /** Joined rows that the history has already: an earlier retraining took them in. */
  readonly knownRows: number;
  /** Joined rows that are alike in time, features and label. */
  readonly duplicates: number;
  /** Joined rows that are new. */
  readonly freshRows: number;
  /** Of the new rows those that are older than the newest row of the history: their labels came after it was frozen. */
  readonly lateRows: number;
  /** New rows in the table, and rows of the history in it. */
  readonly newRows: number;
  readonly historyRows: number;
  /** Rows, the oldest ones, that the newest `retraining.rows` leave no room for. */
  readonly oldNewRows: number;
  readonly oldHistoryRows: number;
}

/** Counts of a table of `rows` rows, `newRows` of them new, out of all that were merged. */
export const tableCounts = (
  { historyRows, freshRows, knownRows, duplicates, lateRows }: MergeCounts,
  rows: number,
  newRows: number,
): TableCounts & { readonly rows: number } => ({
  rows,
  historyRows: rows - newRows,
  newRows,
  knownRows,
  duplicates,
  freshRows,
  lateRows,
  oldNewRows: freshRows - newRows,
  oldHistoryRows: historyRows - (rows - newRows),
});

export interface Account {
  readonly what: string;
  readonly count: number;
  readonly why: string;
}

/** One line for each fate, those of nobody too, so that a missing line is never taken for a zero. */
export function accountsOf(
  counts: Joined["counts"],
  table: TableCounts,
  skipped: Readonly<Record<string, number>>,
): Account[] {
  const unreadable = Object.entries(skipped).map(([reason, count]) => ({
    what: `captures skipped: ${reason}`,
    count,
    why: "the captured record or row could not be read as the model's features",
  }));
  const line = (what: string, count: number, why: string): Account => ({ what, count, why });
  return [
    ...unreadable,
    line(
      "duplicate captures",
      counts.duplicateObservations,
      "the same inference id again; the first one counts",
    ),
    line(
      "captures without label",
      counts.observationsWithoutLabel,
      "no label has come yet; a later retraining takes them",
    ),
    line("repeated labels", counts.repeatedLabels, "a label again for the same id; the last one counts"),
    line(
      "conflicting labels",
      counts.conflictingLabels,
      "of the repeated labels, those that said something else before: corrections",
    ),
    line(
      "labels without capture",
      counts.labelsWithoutObservation,
      "no captured request has this id: not sampled, unreadable, or a wrong id",
    ),
    line("joined, in the history already", table.knownRows, "an earlier retraining took them in"),
    line("joined, duplicate rows", table.duplicates, "alike in time, features and label; they enter once"),
    line(
      "joined, with a late label",
      table.lateRows,
      "of the new rows, those older than the newest row of the history",
    ),
    line(
      "new rows past the window",
      table.oldNewRows,
      "older than the newest rows that retraining.rows asks for",
    ),
    line(
      "history past the window",
      table.oldHistoryRows,
      "older than the newest rows that retraining.rows asks for",
    ),
    line("new rows in the table", table.newRows, "joined, new, and among the newest"),
    line(
      "history in the table",
      table.historyRows,
      "rows of the dataset of the model in service, among the newest",
    ),
  ];
}
