import type { ConsistencyCode } from "../../../contracts/dataset.ts";

/** A dataset as the checks take it: rows in time order, cells as text, empty ones missing. */
export interface DatasetRows {
  readonly task: "binary-classification" | "regression";
  readonly features: readonly { readonly name: string; readonly type: "numeric" | "categorical" }[];
  readonly times: readonly string[];
  /** One list a row, in the order of `features`. */
  readonly cells: readonly (readonly string[])[];
  /** 0 and 1 for a classification. */
  readonly labels: readonly number[];
  /** Rows of each part, from and to (not with it). */
  readonly splits: Readonly<Record<"train" | "validation" | "holdout", readonly [number, number]>>;
  /** Parts that were not made by time: then they may overlap in time, and only within a part do times rise. */
  readonly overlapsInTime?: boolean;
}

export interface ColumnFacts {
  readonly name: string;
  /** What the texts are: "number" when all that are not empty are. */
  readonly kind: "number" | "text" | "empty";
  /** Share of rows without a value. */
  readonly missingShare: number;
  /**
   * How well the column alone tells the label on the training rows, 0 to 1: for a classification the area under the ROC curve in the
   * better direction, for a regression the squared rank correlation or correlation ratio. null where there are too few rows to say.
   */
  readonly labelScore: number | null;
}

/** What is kept of a dataset to compare the next one with; plain JSON, no values of the data but its first and last time. */
export interface DatasetSummary {
  readonly format: "sluice.dataset-summary";
  readonly version: 1;
  readonly task: DatasetRows["task"];
  readonly rows: number;
  readonly columns: readonly ColumnFacts[];
  readonly time: {
    readonly from: string;
    readonly to: string;
    /** Share of times that begin as ISO 8601 does, yyyy-mm-dd. */
    readonly isoShare: number;
  };
  /** Share of rows of the positive class, or of the mean and standard deviation of a number. */
  readonly label: { readonly mean: number; readonly standardDeviation: number };
  /** Share of rows that repeat an earlier one in everything, time and label too. */
  readonly duplicateShare: number;
  /** Share of validation and of holdout rows whose features and label stand in the training rows too, at another time. */
  readonly seenInTraining: { readonly validation: number; readonly holdout: number };
  /** Whether every part begins after the one before it ends. */
  readonly isTimeOrdered: boolean;
}

/** One way in which a dataset does not go on from the one before. */
export interface ConsistencyFinding {
  readonly code: ConsistencyCode;
  readonly severity: "critical" | "warning";
  readonly column: string | null;
  /** Where, what was expected, what came, what to do. */
  readonly message: string;
  readonly numbers: Readonly<Record<string, number>>;
}

export interface ConsistencyResult {
  /** "fail" when a finding is critical. */
  readonly verdict: "pass" | "fail";
  readonly findings: readonly ConsistencyFinding[];
  /** Questions that were asked. */
  readonly checks: number;
}
