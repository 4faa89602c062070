import { readFileSync } from "node:fs";
import {
  type FeatureSchema,
  ProfileBuilder,
  parseReferenceProfile,
  type ReferenceProfile,
  seasonalTime,
} from "../../../core/drift/index.ts";
import { type Batch, type Cell, InputError, readBatches, shown } from "../../readers/index.ts";
import { Progress } from "./run.ts";

/** Kind of each column, from its first rows: numbers are numeric, anything else is categorical. */
export function inferSchema(batch: Batch): FeatureSchema {
  const isNumeric = (column: readonly Cell[]): boolean => {
    const values = column.filter((v) => v !== null);
    return values.length > 0 && values.every((v) => typeof v === "number");
  };
  return Object.fromEntries(
    Object.entries(batch.columns).map(([name, column]) => [
      name,
      isNumeric(column) ? "numeric" : "categorical",
    ]),
  );
}

/** When the rows of a batch came, epoch milliseconds, NaN for a date alone; a cell that is no ISO date or date-time is named by its line. */
export function timesOf(file: string, batch: Batch, column: string): number[] {
  const cells = batch.columns[column];
  if (cells === undefined)
    throw new InputError(file, `a column ${JSON.stringify(column)}`, Object.keys(batch.columns).join(", "));
  return cells.map((cell, i) => {
    if (cell === null) return Number.NaN;
    const time = typeof cell === "string" ? seasonalTime(cell) : undefined;
    if (time !== undefined) return time;
    throw new InputError(file, "an ISO date or date-time", shown(cell), {
      line: batch.firstLine + i,
      column,
    });
  });
}

/** A profile of a data file, in one pass; with seasons when the column of times is named (it is no feature then). */
export async function profileFile(file: string, timeColumn?: string): Promise<ReferenceProfile> {
  const progress = new Progress(file);
  let builder: ProfileBuilder | undefined;
  let kinds: FeatureSchema = {};
  for await (const batch of readBatches(file)) {
    if (builder === undefined) {
      const { [timeColumn ?? ""]: _, ...features } = inferSchema(batch);
      kinds = features;
      builder = new ProfileBuilder(kinds);
    }
    checkNumbers(file, batch, kinds);
    builder.add(timeColumn === undefined ? batch : { ...batch, times: timesOf(file, batch, timeColumn) });
    progress.add(batch.rows);
  }
  progress.end();
  if (builder === undefined) throw new InputError(file, "rows", "none");
  return builder.build();
}

/** Text in a column of numbers is named by line and value, not counted silently as missing. */
export function checkNumbers(file: string, batch: Batch, schema: FeatureSchema): void {
  for (const [name, kind] of Object.entries(schema)) {
    if (kind !== "numeric") continue;
    const column = batch.columns[name] ?? [];
    const at = column.findIndex((v) => typeof v === "string");
    if (at >= 0)
      throw new InputError(file, "a number", shown(column[at]), { line: batch.firstLine + at, column: name });
  }
}

export function parseJsonFile(
  file: string,
  reviver?: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
): unknown {
  const text = readFileSync(file, "utf8");
  try {
    return JSON.parse(text, reviver as Parameters<typeof JSON.parse>[1]);
  } catch (error) {
    if (error instanceof SyntaxError) throw new InputError(file, "JSON", error.message);
    throw error;
  }
}

/** A stored profile (.json) or a profile made of a data file. */
export async function loadReference(file: string, timeColumn?: string): Promise<ReferenceProfile> {
  return file.endsWith(".json") ? parseReferenceProfile(parseJsonFile(file)) : profileFile(file, timeColumn);
}

export function schemaOf(profile: ReferenceProfile): FeatureSchema {
  return Object.fromEntries(Object.entries(profile.features).map(([name, feature]) => [name, feature.kind]));
}
