import { readFileSync } from "node:fs";
import {
  type FeatureSchema,
  ProfileBuilder,
  parseReferenceProfile,
  type ReferenceProfile,
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

/** A profile of a data file, in one pass. */
export async function profileFile(file: string, schema?: FeatureSchema): Promise<ReferenceProfile> {
  const progress = new Progress(file);
  let builder: ProfileBuilder | undefined;
  let kinds: FeatureSchema = schema ?? {};
  for await (const batch of readBatches(file)) {
    if (builder === undefined) {
      kinds = schema ?? inferSchema(batch);
      builder = new ProfileBuilder(kinds);
    }
    checkNumbers(file, batch, kinds);
    builder.add(batch);
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

export function parseJsonFile(file: string): unknown {
  const text = readFileSync(file, "utf8");
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new InputError(file, "JSON", error.message);
    throw error;
  }
}

/** A stored profile (.json) or a profile made of a data file. */
export async function loadReference(file: string): Promise<ReferenceProfile> {
  return file.endsWith(".json") ? parseReferenceProfile(parseJsonFile(file)) : profileFile(file);
}

export function schemaOf(profile: ReferenceProfile): FeatureSchema {
  return Object.fromEntries(Object.entries(profile.features).map(([name, feature]) => [name, feature.kind]));
}
