/** Quality of models: metrics with intervals, slices, and whether a challenger may replace a champion. */

export { applyCalibration, type Calibration, calibrate, quantileCalibrationError } from "./calibration.ts";
export { compareModels } from "./compareModels.ts";
export type { CompareOptions, CompareReason, ModelComparison } from "./conclusion.ts";
export { estimateLoss, fitLossEstimator, type LossEstimator } from "./estimateRegression.ts";
export type { Evaluation, SliceColumns, SliceEvaluation } from "./estimates.ts";
export {
  type ConfidenceEstimator,
  type EstimatedMetric,
  type EstimatedMetrics,
  type EstimatedQuality,
  estimateFromConfidence,
  estimateQuality,
  fitConfidenceEstimator,
} from "./estimateWithoutLabels.ts";
export {
  type ClassificationEvaluation,
  type ClassificationInput,
  evaluateClassification,
  evaluateRegression,
  type RegressionInput,
} from "./evaluate.ts";
export { evaluateMulticlass, type MulticlassEvaluation, type MulticlassInput } from "./evaluateMulticlass.ts";
export { type Predictions, parseMetricName, taskOf } from "./metricNames.ts";
export {
  type ClassLabels,
  type ClassProbabilities,
  MOST_CLASSES,
  type MulticlassPredictions,
  type PredictedClasses,
  SUM_TOLERANCE,
} from "./multiclassData.ts";
export {
  type ClassificationMetric,
  EvaluationInputError,
  type EvaluationOptions,
  HIGHER_IS_BETTER,
  type Labels,
  type MetricEstimate,
  type MetricName,
  type MulticlassMetric,
  type RegressionMetric,
} from "./types.ts";
