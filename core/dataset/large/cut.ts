/** In which part of a dataset a row lies, by the row alone, once the borders are known: the same parts as `splitByTime` and its like give. */
import { textLiteral } from "../../validation/sql/literals.ts";

export type PartName = "train" | "validation" | "holdout" | "purged";

export type Cut =
  /** First times of validation and holdout. */
  | { readonly by: "time" | "timeAndGroup"; readonly validation: string; readonly holdout: string }
  /** First places of validation and holdout. */
  | { readonly by: "group"; readonly validation: number; readonly holdout: number };

interface Shares {
  readonly train: number;
  readonly validation: number;
}

/** Places are whole numbers below 2^32, so that a share's border is the next whole number. */
export const groupCut = ({ train, validation }: Shares): Cut => ({
  by: "group",
  validation: Math.ceil(train * 2 ** 32),
  holdout: Math.ceil((train + validation) * 2 ** 32),
});

/**
 * How many rows lie before each border, at least. The border is the first time later than that of the last of them, so that rows of one
 * instant stay together. null when a part would be empty.
 */
export function rowsBeforeBorders(
  rows: number,
  { train, validation }: Shares,
): { readonly validation: number; readonly holdout: number } | null {
  const first = Math.round(rows * train);
  const second = Math.round(rows * (train + validation));
  return first <= 0 || second >= rows ? null : { validation: first, holdout: second };
}

export interface Placed {
  readonly time: string;
  readonly place: number;
  /** Newest time of the row's group. */
  readonly last: string;
}

/** A row whose group comes back in a later part is in none: it would teach the model what judges it. */
export function partOf(cut: Cut, { time, place, last }: Placed): PartName {
  if (cut.by === "group") return within(cut, place);
  const part = within(cut, time);
  return cut.by === "timeAndGroup" && within(cut, last) !== part ? "purged" : part;
}

function within<T extends string | number>(
  { validation, holdout }: { readonly validation: T; readonly holdout: T },
  value: T,
): PartName {
  return value < validation ? "train" : value < holdout ? "validation" : "holdout";
}

/** The same in SQL, over columns or expressions. */
export function partSql(cut: Cut, columns: Readonly<Record<keyof Placed, string>>): string {
  const literal = (value: string | number): string =>
    typeof value === "number" ? String(value) : textLiteral(value);
  const of = (column: string): string =>
    `CASE WHEN ${column} < ${literal(cut.validation)} THEN 'train' WHEN ${column} < ${literal(cut.holdout)} THEN 'validation' ELSE 'holdout' END`;
  if (cut.by === "group") return of(columns.place);
  const part = of(columns.time);
  return cut.by === "time" ? part : `CASE WHEN ${part} = ${of(columns.last)} THEN ${part} ELSE 'purged' END`;
}
