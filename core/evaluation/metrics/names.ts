export type ClassificationMetric =
  | "accuracy"
  | "precision"
  | "recall"
  | "f1"
  | "rocAuc"
  | "prAuc"
  | "logLoss"
  | "brier"
  | "calibrationError";

/**
 * Metrics of three or more classes; `accuracy`, `logLoss`, `brier` and `calibrationError` share their names with those of
 * two. Averages: macro (classes count alike), weighted (by their rows), micro (rows pooled). "Ovr" is each class against
 * the rest, "Ovo" each pair of classes; without a suffix macro.
 */
export type MulticlassMetric =
  | "accuracy"
  | `${"precision" | "recall" | "f1"}${"Macro" | "Weighted" | "Micro"}`
  | "rocAucOvr"
  | "rocAucOvrWeighted"
  | "rocAucOvo"
  | "rocAucOvoWeighted"
  | "prAucMacro"
  | "logLoss"
  | "brier"
  | "calibrationError";

export type RegressionMetric = "mae" | "rmse" | "mape" | "r2" | "bias";
export type MetricName = ClassificationMetric | MulticlassMetric | RegressionMetric;
