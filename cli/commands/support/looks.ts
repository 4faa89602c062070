import { statSync } from "node:fs";
import type { Look, VariantLook } from "../../../core/rollout/judge/index.ts";
import { type Cell, checkFile, InputError, readLines, shown } from "../../readers/index.ts";
import { progressOf, watchedBatches } from "./progress.ts";

const SIDES = ["champion", "challenger"] as const;
type Side = (typeof SIDES)[number];

/**
 * Looks of a file, oldest first, one in memory at a time. JSON lines hold one look each. A table has a column per side and
 * number: `champion.requests`, `challenger.requests`, counts as `champion.counts.errors`, values as `champion.values.p95`, and so on.
 * Throws `InputError` with line and column.
 */
export function readLooks(file: string): AsyncGenerator<Look> {
  checkFile(file);
  // The names of the metrics are looked for before anything is judged.
  if (!statSync(file).isFile()) throw new InputError(file, "a file that can be read twice", "a pipe");
  return /\.(jsonl|ndjson)(\.gz)?$/i.test(file) ? readJsonLooks(file) : readTableLooks(file);
}

async function* readTableLooks(file: string): AsyncGenerator<Look> {
  for await (const { rows, columns, firstLine } of watchedBatches(file)) {
    const names = Object.keys(columns);
    for (const side of SIDES)
      if (!names.includes(`${side}.requests`))
        throw new InputError(file, `a column ${side}.requests`, names.join(", "));
    for (let i = 0; i < rows; i++) {
      const sides: Record<Side, { [key: string]: unknown }> = { champion: {}, challenger: {} };
      for (const [column, values] of Object.entries(columns)) {
        const [side, kind, ...metric] = column.split(".") as [Side, string, ...string[]];
        if (!SIDES.includes(side)) continue;
        const cell = values[i] as Cell;
        const value = Number.isNaN(cell) ? null : cell;
        if (kind === "requests") sides[side][kind] = value;
        else if (metric.length > 0)
          sides[side][kind] = { ...(sides[side][kind] as object), [metric.join(".")]: value };
      }
      yield checkedLook(file, firstLine + i, sides);
    }
  }
}

async function* readJsonLooks(file: string): AsyncGenerator<Look> {
  const progress = progressOf(file);
  try {
    for await (const { line, text } of readLines(file, progress.position)) {
      yield checkedLook(file, line, parsed(file, line, text));
      progress.add(1);
    }
  } finally {
    progress.end();
  }
}

function parsed(file: string, line: number, text: string): Partial<Record<Side, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  if (typeof value === "object" && value !== null) return value;
  throw new InputError(file, "a look as JSON with champion and challenger", shown(text), { line });
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Both sides with what each of their numbers may be. */
function checkedLook(file: string, line: number, look: Partial<Record<Side, unknown>>): Look {
  for (const side of SIDES) {
    const fail = (column: string, expected: string, value: unknown): never => {
      throw new InputError(file, expected, shown(value), { line, column });
    };
    const variant = look[side];
    if (!isObject(variant)) return fail(side, "an object with requests, counts and values", variant);
    const { requests, counts = {}, values = {} } = variant;
    if (typeof requests !== "number" || !(requests >= 0))
      return fail(`${side}.requests`, "a number of 0 or more", requests);
    if (!isObject(counts)) return fail(`${side}.counts`, "an object of counts", counts);
    if (!isObject(values)) return fail(`${side}.values`, "an object of numbers", values);
    for (const [name, count] of Object.entries(counts))
      if (typeof count !== "number" || !(count >= 0 && count <= requests))
        fail(`${side}.counts.${name}`, `a number from 0 to ${requests} (its requests)`, count);
    for (const [name, value] of Object.entries(values))
      if (value !== null && typeof value !== "number")
        fail(`${side}.values.${name}`, "a number or null", value);
  }
  const { champion, challenger } = look as Record<Side, VariantLook>;
  return { champion, challenger };
}
