import type { Predictions } from "../../../core/evaluation/index.ts";
import { type Cell, InputError, shown } from "../../readers/index.ts";
import { type FileColumns, onlyColumn, readColumns, type WholeColumn } from "./columns.ts";

/** What a models' task asks of their predictions, and so of the labels. */
export interface LabelledPredictions {
  readonly labels: Float64Array | (number | string | null)[];
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

/** Numbers of a column; missing ones (null, or NaN among doubles) are allowed for labels only. */
function numbersOf(
  { file, lineOf, columns }: FileColumns,
  name: string,
  mayMiss: boolean,
): Float64Array | (number | null)[] {
  const column = columns[name] as WholeColumn;
  const bad = (value: Cell, row: number): InputError =>
    new InputError(file, "a number", shown(value), { line: lineOf(row), column: name });
  if (column instanceof Float64Array) {
    const missing = mayMiss ? -1 : column.findIndex(Number.isNaN);
    if (missing >= 0) throw bad(null, missing);
    return column;
  }
  return column.map((value, row) => {
    if (typeof value === "number") return value;
    if (typeof value === "boolean") return value ? 1 : 0;
    if (value === null && mayMiss) return null;
    throw bad(value, row);
  });
}

/** The decided class of each row. */
function classesOf(
  { file, lineOf, columns }: FileColumns,
  name: string,
): ArrayLike<string | number | boolean> {
  const column = columns[name] as WholeColumn;
  const isMissing = (value: Cell): boolean => value === null || Number.isNaN(value);
  const missing = column instanceof Float64Array ? column.findIndex(isMissing) : column.findIndex(isMissing);
  if (missing >= 0) throw new InputError(file, "a class", "none", { line: lineOf(missing), column: name });
  return column as ArrayLike<string | number | boolean>;
}

/** Names of classes, one text for all rows that have it; missing labels stay missing. */
function namesOf(column: WholeColumn): (string | null)[] {
  const names = new Map<Cell, string>();
  return Array.from(column as ArrayLike<Cell>, (value) => {
    if (value === null || Number.isNaN(value)) return null;
    if (!names.has(value)) names.set(value, String(value));
    return names.get(value) as string;
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
      probabilities: names.map((name) => numbersOf(read, name, false) as Float64Array),
    };
  const only = onlyColumn(read);
  const column = read.columns[only] as WholeColumn;
  const has = (type: string): boolean =>
    column instanceof Float64Array ? type === "number" : column.some((value) => typeof value === type);
  return isOfClasses || (has("string") && !has("number"))
    ? { predicted: classesOf(read, only) }
    : (numbersOf(read, only, false) as Float64Array);
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
      : namesOf(labelled.columns[column] as WholeColumn);
  return { labels, champion, challenger };
}
