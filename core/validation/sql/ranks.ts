import { type Cells, doubleOf, jsonOf } from "./cells.ts";
import { numberLiteral } from "./literals.ts";
import type { Answers, Scope } from "./scope.ts";

/** Values of a column by their place in order. */
export interface Ranks {
  /** Non-missing values. */
  readonly count: number;
  /** Value at a place from 0; only places next to the quantiles asked for are known. */
  readonly at: (place: number) => number;
}

/**
 * Values next to quantiles, by running counts of distinct values: exact in every engine, where Trino itself has approximate
 * quantiles only. Its cost grows with the number of distinct values.
 */
export function ranked(
  scope: Scope,
  cells: Cells,
  quantiles: readonly number[],
): (answers: Answers) => Ranks {
  const count = scope.present(cells.sql);
  const wanted = quantiles.map((q) => {
    const place = `floor((CAST(total AS DOUBLE) - 1E+0) * ${numberLiteral(q)})`;
    return `(${place} < upto AND ${place} + 1E+0 >= upto - n)`;
  });
  const value = jsonOf({ name: cells.name, sql: "v", kind: "number" }, scope.dialect);
  const double = doubleOf(cells);
  const listing = scope.listing((from) => {
    const groups = `SELECT ${double} AS v, count(${cells.sql}) AS n FROM ${from} GROUP BY ${double}`;
    const sums = `SELECT v, n, sum(n) OVER (ORDER BY v) AS upto, sum(n) OVER () AS total FROM (${groups}) AS counted WHERE n > 0`;
    const places = "CAST(upto - n AS VARCHAR) || ',' || CAST(upto AS VARCHAR)";
    const clause = wanted.length === 0 ? "FALSE" : wanted.join(" OR ");
    return `SELECT '[' || ${value} || ',' || ${places} || ']' AS v FROM (${sums}) AS sums WHERE ${clause}`;
  });
  return (answers) => {
    const list = answers.listed(listing) as [value: number, from: number, to: number][];
    return {
      count: answers.count(count),
      at(place) {
        const found = list.find(([, from, to]) => from <= place && place < to);
        if (found === undefined) throw new Error(`place ${place} of column ${cells.name} was not asked for`);
        return found[0];
      },
    };
  };
}
