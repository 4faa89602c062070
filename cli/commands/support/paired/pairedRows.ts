/** Labels and what two models predict, row by row from three files, each cell checked where it stands. */
import { type MetricName, taskOf } from "../../../../core/evaluation/index.ts";
import { InputError, shown } from "../../../readers/index.ts";
import {
  ClassNumbers,
  classReader,
  labelClass,
  numberOf,
  numberReader,
  type PredictionReader,
  probabilityReader,
} from "./predictionCells.ts";
import { RowCursor } from "./rowCursor.ts";

export interface PredictionFiles {
  readonly labels: string;
  readonly champion: string;
  readonly challenger: string;
  /** Column of the predictions, when their files have several. */
  readonly column?: string;
  readonly labelColumn?: string;
}

/** What the files hold, known with their first rows. */
export interface PairedShape {
  readonly areNumbers: boolean;
  readonly readers: readonly [PredictionReader, PredictionReader];
}

/** Takes labelled rows; `labels` and `predictions` as `PairedComparison.add` has them, which last until the next row. */
export interface PairedSink {
  begin(shape: PairedShape): void;
  add(labels: readonly [number, number], predictions: readonly [Float64Array, Float64Array]): void;
}

function readersOf(
  metric: MetricName,
  [champion, challenger]: readonly [RowCursor, RowCursor],
): readonly [PredictionReader, PredictionReader] {
  const decided = new ClassNumbers();
  const isOf = (areNumbers: boolean): boolean => hasTask(metric, areNumbers);
  const readerOf = (cursor: RowCursor): PredictionReader => {
    if (cursor.names.length > 1) return probabilityReader(cursor);
    const isText = typeof cursor.cell(0) === "string";
    if (!isOf(true) || (isText && isOf(false))) return classReader(cursor, decided, isOf(true));
    return taskOf(metric, true) === "binary"
      ? numberReader(cursor, "a probability from 0 to 1", (x) => x >= 0 && x <= 1)
      : numberReader(cursor, "a finite number", Number.isFinite);
  };
  return [readerOf(champion), readerOf(challenger)];
}

function hasTask(metric: MetricName, areNumbers: boolean): boolean {
  try {
    taskOf(metric, areNumbers);
    return true;
  } catch {
    return false;
  }
}

/** The label of a row of numbers; undefined where it is not known yet. */
function labelNumber(cursor: RowCursor, isBinary: boolean): number | undefined {
  if (cursor.cell(0) === null) return undefined;
  const label = numberOf(cursor, 0);
  if (isBinary ? label === 0 || label === 1 : Number.isFinite(label)) return label;
  throw cursor.bad(0, isBinary ? "0 or 1" : "a finite number", shown(cursor.cell(0)));
}

/** Reads the row that all cursors stand at. */
type RowReader = (sink: PairedSink) => void;

function rowReader(metric: MetricName, labels: RowCursor, shape: PairedShape): RowReader {
  const { readers, areNumbers } = shape;
  const isBinary = taskOf(metric, areNumbers) === "binary";
  const [champion, challenger] = readers;
  return (sink) => {
    const predictions = [champion.read(), challenger.read()] as const;
    const first = areNumbers ? labelNumber(labels, isBinary) : labelClass(labels, champion);
    if (first === undefined) return;
    const second = areNumbers ? first : labelClass(labels, challenger);
    for (const reader of readers) reader.check();
    sink.add([first, second as number], predictions);
  };
}

/** One column of labels, and of predictions where the metric is none of several classes. */
function checkColumns(labels: RowCursor, models: readonly RowCursor[], metric: MetricName): void {
  if (labels.names.length !== 1)
    throw new InputError(labels.file, "one column, or its name by --label-column", labels.names.join(", "));
  for (const { file, names } of models)
    if (names.length !== 1 && !(names.length > 1 && hasTask(metric, false)))
      throw new InputError(
        file,
        `one column for ${metric}, or its name by --column (a column for each class goes with rocAucOvr, logLoss and others of several classes)`,
        names.join(", "),
      );
}

function shapeOf(
  metric: MetricName,
  labels: RowCursor,
  models: readonly [RowCursor, RowCursor],
): PairedShape {
  checkColumns(labels, models, metric);
  const readers = readersOf(metric, models);
  const areNumbers = readers[0].classes === undefined;
  if (areNumbers !== (readers[1].classes === undefined))
    throw new InputError(
      models[1].file,
      `${areNumbers ? "numbers" : "classes"}, as ${models[0].file} has`,
      areNumbers ? "classes" : "numbers",
    );
  taskOf(metric, areNumbers);
  return { areNumbers, readers };
}

/** Reads all rows of the three files into a sink. Throws `InputError` with file, line and column, `EvaluationInputError` on a metric of another task. */
export async function readPaired(
  files: PredictionFiles,
  metric: MetricName,
  sink: PairedSink,
): Promise<void> {
  const labels = new RowCursor(files.labels, files.labelColumn);
  const models = [
    new RowCursor(files.champion, files.column),
    new RowCursor(files.challenger, files.column),
  ] as const;
  const all = [labels, ...models];
  try {
    let read: RowReader | undefined;
    for (;;) {
      const ready = [await labels.ready(), await models[0].ready(), await models[1].ready()];
      if (read === undefined) {
        const shape = shapeOf(metric, labels, models);
        sink.begin(shape);
        read = rowReader(metric, labels, shape);
      }
      if (ready.includes(false)) break;
      for (let rows = Math.min(...all.map(({ left }) => left)); rows > 0; rows--) {
        read(sink);
        for (const cursor of all) cursor.step();
      }
    }
    await checkCounts(labels, models);
  } finally {
    for (const cursor of all) await cursor.close();
  }
}

async function checkCounts(labels: RowCursor, models: readonly RowCursor[]): Promise<void> {
  const expected = await labels.count();
  for (const cursor of models) {
    const rows = await cursor.count();
    if (rows !== expected)
      throw new InputError(cursor.file, `${expected} rows, one for each label of ${labels.file}`, `${rows}`);
  }
}
