import type { Predictions } from "../../../core/evaluation/index.ts";
import { type Cell, InputError, readColumn, readColumns, shown } from "../../readers/index.ts";

/** What a models' task asks of their predictions, and so of the labels. */
export interface LabelledPredictions {
  readonly labels: (number | string | null)[];
  readonly champion: Predictions;
  readonly challenger: Predictions;
}

export interface PredictionFiles {
  readonly labels: string;
  readonly champion: string;
  readonly challenger: string;
  /** Column of the predictions, when their files have several. */
  readonly column?: string;
  readonly labelColumn?: string;
}

/** Numbers of a column; missing ones are allowed for labels only. */
function numbersOf(file: string, column: readonly Cell[], mayMiss: boolean): (number | null)[] {
  return column.map((value, i) => {
    if (typeof value === "number") return value;
    if (typeof value === "boolean") return value ? 1 : 0;
    if (value === null && mayMiss) return null;
    throw new InputError(file, "a number", shown(value), { line: i + 2 });
  });
}

/** The decided class of each row. */
function classesOf(file: string, column: readonly Cell[]): (string | number | boolean)[] {
  return column.map((value, i) => {
    if (value !== null) return value;
    throw new InputError(file, "a class", "none", { line: i + 2 });
  });
}

/** Several columns are the probabilities of the classes that name them; one is scores, or classes where it holds text. */
async function readPredictions(
  file: string,
  column: string | undefined,
  isOfClasses: boolean,
): Promise<Predictions> {
  const columns = await readColumns(file, column);
  const names = Object.keys(columns);
  if (names.length > 1)
    return {
      classes: names,
      probabilities: names.map((name) => numbersOf(file, columns[name] as Cell[], false) as number[]),
    };
  const only = columns[names[0] as string] as Cell[];
  return isOfClasses || only.some((value) => typeof value === "string")
    ? { predicted: classesOf(file, only) }
    : (numbersOf(file, only, false) as number[]);
}

/**
 * Labels and predictions of both models. `isOfClasses`: the metric speaks about several classes, so that a column of
 * numbers holds classes too. Throws `InputError` with file and line.
 */
export async function readLabelledPredictions(
  files: PredictionFiles,
  isOfClasses: boolean,
): Promise<LabelledPredictions> {
  const column = await readColumn(files.labels, files.labelColumn);
  const champion = await readPredictions(files.champion, files.column, isOfClasses);
  const challenger = await readPredictions(files.challenger, files.column, isOfClasses);
  const labels =
    "length" in champion
      ? numbersOf(files.labels, column, true)
      : column.map((value) => (value === null ? null : String(value)));
  return { labels, champion, challenger };
}
