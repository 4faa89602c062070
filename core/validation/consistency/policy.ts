/** A measure that is reported past one limit and stops the release past another. */
export interface Limits {
  readonly warning: number;
  readonly critical: number;
}

/** What counts as a break with the last accepted dataset. Changes of the world must pass: drift is for the monitors, not for this. */
export interface ConsistencyPolicy {
  /** Rows as a share of what is expected: fewer than half is a partial delivery often enough, a tenth always. */
  readonly fewerRows: Limits;
  /** Rows as a multiple of the last dataset; growing by captures is wanted, ten times in one step is a file taken in twice and more. */
  readonly moreRows: number;
  /** Rise of a column's share of missing values: 0.05 is seen by eye, 0.3 is a field that a producer no longer fills. */
  readonly missingRise: Limits;
  /** Move of the share of positives. Only a warning: with seasons and campaigns it moves in earnest. */
  readonly labelShift: number;
  /** Move of a number's mean in standard deviations of the last dataset; a warning for the same reason. */
  readonly labelShiftDeviations: number;
  /** Rise of the share of repeated rows: rows that look alike are natural, half the table in copies is a double load. */
  readonly duplicateRise: Limits;
  /**
   * Rows of the holdout that training has seen, above what is natural (the share in validation, or last time). Judging by them flatters
   * every candidate: past a half the verdict is about memory.
   */
  readonly holdoutSeen: Limits;
  /** Area under the ROC curve of one column alone. Real columns reach 0.95 now and then; 0.995 is the label in disguise. */
  readonly auc: Limits;
  /** Share of the label's variance that one column alone explains; sensors and lagged targets come near 0.95. */
  readonly explained: Limits;
  /** Standard errors that a move must exceed beside its limit, so that small datasets are not stopped by chance (4: 1 in 30,000). */
  readonly standardErrors: number;
}

export const DEFAULT_CONSISTENCY_POLICY: ConsistencyPolicy = {
  fewerRows: { warning: 0.5, critical: 0.1 },
  moreRows: 10,
  missingRise: { warning: 0.05, critical: 0.3 },
  labelShift: 0.1,
  labelShiftDeviations: 0.5,
  duplicateRise: { warning: 0.05, critical: 0.5 },
  holdoutSeen: { warning: 0.2, critical: 0.5 },
  auc: { warning: 0.95, critical: 0.995 },
  explained: { warning: 0.95, critical: 0.999 },
  standardErrors: 4,
};
