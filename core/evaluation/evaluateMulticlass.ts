import { type Evaluation, evaluateRows, labelledRows, type SliceColumns } from "./estimates.ts";
import { CLASSES_METRICS } from "./metrics/classes.ts";
import {
  type ClassLabels,
  heldClasses,
  isClassLabel,
  type MulticlassPredictions,
  multiclassData,
  rowsOf,
} from "./multiclassData.ts";
import type { EvaluationOptions, MulticlassMetric } from "./types.ts";

export interface MulticlassInput {
  readonly labels: ClassLabels;
  readonly predictions: MulticlassPredictions;
  readonly slices?: SliceColumns;
}

export interface MulticlassEvaluation extends Evaluation<MulticlassMetric> {
  readonly classes: readonly string[];
  /** Labelled rows by true class (outer) and decision (inner), in the order of `classes`. */
  readonly confusion: readonly (readonly number[])[];
}

/**
 * Quality of a classifier of several classes where labels are known: each metric with its bootstrap interval, in all and
 * per slice. A metric is null where it is not defined: those of probabilities when only decisions are given, `rocAucOvr`
 * and `prAucMacro` while a class has no rows. The decision is the most probable class. Throws `EvaluationInputError`.
 */
export function evaluateMulticlass(
  input: MulticlassInput,
  options: EvaluationOptions = {},
): MulticlassEvaluation {
  const { labels, predictions, slices = {} } = input;
  const given = rowsOf(predictions);
  const known = labelledRows(input, given, "evaluateMulticlass", isClassLabel);
  const dataOf = (rows: readonly number[]) => multiclassData(labels, predictions, rows);
  const { classes, labels: actual, predicted } = dataOf(known);
  const confusion = classes.map(() => classes.map(() => 0));
  actual.forEach((label, i) => {
    const row = confusion[label] as number[];
    const decision = predicted[i] as number;
    row[decision] = (row[decision] as number) + 1;
  });
  return {
    ...evaluateRows(CLASSES_METRICS, (rows) => heldClasses(dataOf(rows)), { given, known }, slices, options),
    classes,
    confusion,
  };
}
