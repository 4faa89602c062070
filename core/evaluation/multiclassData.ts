import { problem } from "../problemsError.ts";
import type { HeldRows } from "./heldMetric.ts";
import { decisionOf } from "./metrics/classes.ts";
import { refuse } from "./types.ts";

/** True classes, text or numbers as written; null, undefined, empty text and NaN where not known yet. */
export type ClassLabels = ArrayLike<string | number | boolean | null | undefined>;

/** One column of probabilities per class, in the order of `classes`; each column as long as there are rows. */
export interface ClassProbabilities {
  readonly classes: readonly string[];
  readonly probabilities: readonly ArrayLike<number>[];
}

/** The class that the model decided for, one a row; metrics that need probabilities are not defined on these. */
export interface PredictedClasses {
  readonly predicted: ArrayLike<string | number | boolean>;
}

export type MulticlassPredictions = ClassProbabilities | PredictedClasses;

/** What the multiclass metrics work on: classes by index into `classes`. Prepared once, evaluated per resample. */
export interface MulticlassData {
  readonly classes: readonly string[];
  readonly labels: Uint32Array;
  readonly predicted: Uint32Array;
  /** One column per class; null where only decisions are known. */
  readonly probabilities: readonly Float64Array[] | null;
}

/** Probabilities of a row may miss 1 by this much: files hold rounded decimals. They are used as they come. */
export const SUM_TOLERANCE = 0.01;
/** The confusion matrix grows with the square of the number of classes. */
export const MOST_CLASSES = 1000;

export function hasProbabilities(predictions: MulticlassPredictions): predictions is ClassProbabilities {
  return "probabilities" in predictions;
}

export function isClassLabel(value: unknown): value is string | number | boolean {
  return value !== null && value !== undefined && value !== "" && !Number.isNaN(value);
}

/** Rows that the predictions speak about. */
export function rowsOf(predictions: MulticlassPredictions): number {
  return hasProbabilities(predictions)
    ? (predictions.probabilities[0]?.length ?? 0)
    : predictions.predicted.length;
}

function shapeProblems({ classes, probabilities }: ClassProbabilities): string[] {
  const problems: string[] = [];
  if (classes.length < 2 || new Set(classes).size !== classes.length)
    problems.push(problem("classes", "two or more different names", classes));
  if (probabilities.length !== classes.length)
    problems.push(problem("probabilities", `${classes.length} columns, one a class`, probabilities.length));
  const odd = probabilities.findIndex((column) => column.length !== probabilities[0]?.length);
  if (odd > 0)
    problems.push(
      problem(
        `probabilities[${JSON.stringify(classes[odd])}]`,
        `${probabilities[0]?.length} values`,
        probabilities[odd]?.length,
      ),
    );
  return problems;
}

/** The first row whose probabilities are none; a description of what is wrong with it. */
function badProbabilities(
  { classes, probabilities }: ClassProbabilities,
  rows: readonly number[],
): string | undefined {
  for (const i of rows) {
    let sum = 0;
    for (let k = 0; k < classes.length; k++) {
      const p = (probabilities[k] as ArrayLike<number>)[i] as number;
      if (!(p >= 0 && p <= 1))
        return problem(`probabilities[${JSON.stringify(classes[k])}][${i}]`, "a probability from 0 to 1", p);
      sum += p;
    }
    if (Math.abs(sum - 1) > SUM_TOLERANCE)
      return problem(`probabilities, row ${i}`, "a sum of 1 over the classes", sum);
  }
  return undefined;
}

/** Numbers of the rows' classes, as their place in the list says. */
function numbered(classes: readonly string[], names: ClassLabels, rows: readonly number[]): Uint32Array {
  const index = new Map(classes.map((name, k) => [name, k]));
  return Uint32Array.from(rows, (i) => index.get(String(names[i])) as number);
}

function fromProbabilities(
  labels: ClassLabels,
  predictions: ClassProbabilities,
  rows: readonly number[],
): MulticlassData {
  const problems = shapeProblems(predictions);
  refuse(problems);
  const known = new Set(predictions.classes);
  const unknown = rows.find((i) => !known.has(String(labels[i])));
  if (unknown !== undefined)
    problems.push(
      problem(`labels[${unknown}]`, `one of the classes ${predictions.classes.join(", ")}`, labels[unknown]),
    );
  const bad = badProbabilities(predictions, rows);
  if (bad !== undefined) problems.push(bad);
  refuse(problems);
  const probabilities = predictions.probabilities.map((column) =>
    Float64Array.from(rows, (i) => column[i] as number),
  );
  return {
    classes: predictions.classes,
    labels: numbered(predictions.classes, labels, rows),
    predicted: Uint32Array.from(rows, (_, at) =>
      decisionOf(probabilities.map((column) => column[at] as number)),
    ),
    probabilities,
  };
}

function fromDecisions(
  labels: ClassLabels,
  { predicted }: PredictedClasses,
  rows: readonly number[],
): MulticlassData {
  const missing = rows.find((i) => !isClassLabel(predicted[i]));
  if (missing !== undefined) refuse([problem(`predicted[${missing}]`, "a class", predicted[missing])]);
  const names = new Set<string>();
  for (const i of rows) names.add(String(labels[i])).add(String(predicted[i]));
  const classes = [...names].sort();
  return {
    classes,
    labels: numbered(classes, labels, rows),
    predicted: numbered(classes, predicted, rows),
    probabilities: null,
  };
}

/**
 * The given rows, checked: probabilities within [0, 1] that add up to 1 (to 0.01), labels among the classes. Throws
 * `EvaluationInputError` naming the first of each. Rows without a label must have been left out.
 */
export function multiclassData(
  labels: ClassLabels,
  predictions: MulticlassPredictions,
  rows: readonly number[],
): MulticlassData {
  const data = hasProbabilities(predictions)
    ? fromProbabilities(labels, predictions, rows)
    : fromDecisions(labels, predictions, rows);
  if (data.classes.length > MOST_CLASSES)
    refuse([`classes: expected at most ${MOST_CLASSES}, got ${data.classes.length}; is this a regression?`]);
  return data;
}

/** The same rows as metrics take them. */
export function heldClasses({ classes, labels, predicted, probabilities }: MulticlassData): HeldRows {
  const columns = probabilities ?? [Float64Array.from(predicted)];
  return { labels, columns, threshold: 0, classes: classes.length };
}
