/** Quality of models: metrics with intervals, slices, and whether a challenger may replace a champion. */

export { applyCalibration, type Calibration, calibrate, quantileCalibrationError } from "./calibration.ts";
export {
  type CompareOptions,
  type CompareReason,
  compareModels,
  type ModelComparison,
  parseMetricName,
} from "./compareModels.ts";
export { estimateLoss, fitLossEstimator, type LossEstimator } from "./estimateRegression.ts";
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
  type Evaluation,
  evaluateClassification,
  evaluateRegression,
  type RegressionInput,
  type SliceColumns,
  type SliceEvaluation,
} from "./evaluate.ts";
export {
  type ClassificationMetric,
  EvaluationInputError,
  type EvaluationOptions,
  HIGHER_IS_BETTER,
  type Labels,
  type MetricEstimate,
  type MetricName,
  type RegressionMetric,
} from "./types.ts";
