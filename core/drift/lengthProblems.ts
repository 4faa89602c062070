import { problem } from "../problemsError.ts";
import type { DataWindow } from "./types.ts";

/** Columns that lack or have too few or too many values for their rows, and times of another number. */
export function lengthProblems(
  where: string,
  { rows, columns, times }: DataWindow,
  names: Iterable<string>,
): string[] {
  const lengths = Array.from(names, (name): [string, number | string] => [
    `columns[${JSON.stringify(name)}]`,
    columns[name]?.length ?? "no such column",
  ]);
  if (times !== undefined) lengths.push(["times", times.length]);
  return lengths
    .filter(([, length]) => length !== rows)
    .map(([name, length]) => problem(`${where}.${name}`, `${rows} values`, length));
}
