import { readFileSync } from "node:fs";
import {
  type DataWindow,
  type FeatureSchema,
  ProfileBuilder,
  type ReferenceProfile,
  seasonalTime,
} from "../../../core/drift/index.ts";
import { type Cell, checkFile, InputError, shown, type TypedBatch } from "../../readers/index.ts";
import { watchedBatches } from "./progress.ts";

/** Decimals that a reader leaves as text are beyond doubles: bad numbers, and no names. */
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

/** Kind of each column, from its first rows: numbers are numeric, anything else is categorical. */
export function inferSchema({ columns }: TypedBatch<Cell>): FeatureSchema {
  const isNumeric = (column: Cell[] | Float64Array): boolean => {
    if (column instanceof Float64Array) return column.some((v) => !Number.isNaN(v));
    const values = column.filter((v) => v !== null);
    return values.length > 0 && values.every((v) => typeof v === "number" || DECIMAL.test(String(v)));
  };
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [name, isNumeric(column) ? "numeric" : "categorical"]),
  );
}

/** Most of the values of a column that is one of numbers, but for words that stand for none. */
const MOSTLY = 0.8;

/** Columns of categories that look like numbers with words among them: said of each, so that nobody has to find out from the profile. */
export function doubtfulColumns(file: string, batch: TypedBatch<Cell>, kinds: FeatureSchema): string[] {
  return Object.entries(kinds).flatMap(([name, kind]) => {
    const column = batch.columns[name];
    if (kind === "numeric" || column === undefined || column instanceof Float64Array) return [];
    const values = column.filter((v) => v !== null);
    const numbers = values.filter((v) => typeof v === "number").length;
    if (numbers < MOSTLY * values.length || numbers === values.length) return [];
    const at = column.findIndex((v) => v !== null && typeof v !== "number");
    const where = `${file}:${batch.firstLine + at}, column ${JSON.stringify(name)}`;
    return [
      `${where}: taken as categories, because of ${shown(column[at])} among ${numbers} numbers; leave cells empty where there is none`,
    ];
  });
}

/** When the rows of a batch came, epoch milliseconds, NaN for a date alone; a cell that is no ISO date or date-time is named by its line. */
function timesOf(file: string, batch: TypedBatch<Cell>, column: string): Float64Array {
  const cells = batch.columns[column];
  if (cells === undefined)
    throw new InputError(file, `a column ${JSON.stringify(column)}`, Object.keys(batch.columns).join(", "));
  return Float64Array.from(cells as ArrayLike<Cell>, (cell, i) => {
    if (cell === null || Number.isNaN(cell)) return Number.NaN;
    const time = typeof cell === "string" ? seasonalTime(cell) : undefined;
    if (time !== undefined) return time;
    throw new InputError(file, "an ISO date or date-time", shown(cell), {
      line: batch.firstLine + i,
      column,
    });
  });
}

/** A batch of features, with times when their column is named (it is no feature then). */
export function timedBatch(
  file: string,
  batch: TypedBatch<Cell>,
  timeColumn: string | undefined,
): DataWindow {
  const { rows, columns } = batch;
  if (timeColumn === undefined) return { rows, columns };
  const { [timeColumn]: _, ...features } = columns;
  return { rows, columns: features, times: timesOf(file, batch, timeColumn) };
}

/** A profile of a data file, in one pass; with seasons when the column of times is named. */
export async function profileFile(file: string, timeColumn?: string): Promise<ReferenceProfile> {
  let builder: ProfileBuilder | undefined;
  let kinds: FeatureSchema = {};
  for await (const batch of watchedBatches(file)) {
    if (builder === undefined) {
      const { [timeColumn ?? ""]: _, ...features } = inferSchema(batch);
      kinds = features;
      for (const note of doubtfulColumns(file, batch, kinds)) process.stderr.write(`note: ${note}\n`);
      if (Object.keys(kinds).length === 0) throw new InputError(file, "at least one column", "none");
      builder = new ProfileBuilder(kinds);
    }
    checkNumbers(file, batch, kinds);
    builder.add(timedBatch(file, batch, timeColumn));
  }
  const profile = builder?.build();
  if (profile === undefined || profile.rows === 0) throw new InputError(file, "rows", "none");
  return profile;
}

/** Text in a column of numbers is named by line and value, not counted silently as missing. */
export function checkNumbers(file: string, batch: TypedBatch<Cell>, schema: FeatureSchema): void {
  for (const [name, kind] of Object.entries(schema)) {
    const column = batch.columns[name];
    if (kind !== "numeric" || !Array.isArray(column)) continue;
    const at = column.findIndex((v) => typeof v === "string");
    if (at >= 0)
      throw new InputError(file, "a number", shown(column[at]), { line: batch.firstLine + at, column: name });
  }
}

export function parseJsonFile(
  file: string,
  reviver?: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  expected = "JSON",
): unknown {
  checkFile(file);
  const text = readFileSync(file, "utf8");
  try {
    return JSON.parse(text, reviver as Parameters<typeof JSON.parse>[1]);
  } catch (error) {
    if (error instanceof SyntaxError) throw new InputError(file, expected, error.message);
    throw error;
  }
}

export function schemaOf(profile: ReferenceProfile): FeatureSchema {
  return Object.fromEntries(Object.entries(profile.features).map(([name, feature]) => [name, feature.kind]));
}
