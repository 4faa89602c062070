import type { Predictions } from "../../../core/evaluation/index.ts";
import { type Cell, InputError, shown } from "../../readers/index.ts";
import { type FileColumns, onlyColumn, readColumns } from "./columns.ts";

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
function numbersOf(
  { file, lineOf }: FileColumns,
  column: readonly Cell[],
  mayMiss: boolean,
): (number | null)[] {
  return column.map((value, row) => {
    if (typeof value === "number") return value;
    if (typeof value === "boolean") return value ? 1 : 0;
    if (value === null && mayMiss) return null;
    throw new InputError(file, "a number", shown(value), { line: lineOf(row) });
  });
}

/** The decided class of each row. */
function classesOf({ file, lineOf }: FileColumns, column: readonly Cell[]): (string | number | boolean)[] {
  return column.map((value, row) => {
    if (value !== null) return value;
    throw new InputError(file, "a class", "none", { line: lineOf(row) });
  });
}

/**
 * Several columns are the probabilities of the classes that name them; one is scores, or classes where it holds text. Text
 * between numbers is a bad number where the metric speaks about scores.
 */
function predictionsOf(read: FileColumns, isOfClasses: boolean): Predictions {
  const names = Object.keys(read.columns);
  if (names.length > 1)
    return {
      classes: names,
      probabilities: names.map((name) => numbersOf(read, read.columns[name] as Cell[], false) as number[]),
    };
  const only = onlyColumn(read);
  const isText = only.some((value) => typeof value === "string");
  const hasNumbers = only.some((value) => typeof value === "number");
  return isOfClasses || (isText && !hasNumbers)
    ? { predicted: classesOf(read, only) }
    : (numbersOf(read, only, false) as number[]);
}

/**
 * Labels and predictions of both models. `isOfClasses`: the metric speaks about several classes, so that a column of
 * numbers holds classes too. Throws `InputError` with file and line.
 */
export async function readLabelledPredictions(
  files: PredictionFiles,
  isOfClasses: boolean,
): Promise<LabelledPredictions> {
  const labelled = await readColumns(files.labels, files.labelColumn);
  const column = onlyColumn(labelled);
  const predictions = async (file: string): Promise<Predictions> => {
    const read = await readColumns(file, files.column);
    if (read.rows !== labelled.rows)
      throw new InputError(
        file,
        `${labelled.rows} rows, one for each label of ${files.labels}`,
        `${read.rows}`,
      );
    return predictionsOf(read, isOfClasses);
  };
  const champion = await predictions(files.champion);
  const challenger = await predictions(files.challenger);
  const labels =
    "length" in champion
      ? numbersOf(labelled, column, true)
      : column.map((value) => (value === null ? null : String(value)));
  return { labels, champion, challenger };
}
