import type { DataWindow, FeatureSchema } from "../../core/drift/index.ts";
import { SeededRandom } from "../../core/statistics/index.ts";

const HOUR = 3_600_000;

/** Columns that are hard to keep small: heavy tails, many and long and foreign names, gaps, few and many values, ids. */
export function oddColumns(rows: number, seed: number): DataWindow & { readonly times: readonly number[] } {
  const random = new SeededRandom(seed);
  const make = <T>(cell: (row: number) => T): T[] => Array.from({ length: rows }, (_, row) => cell(row));
  const fewDoubles = Array.from({ length: 128 }, () => random.normal());
  return {
    rows,
    times: make((row) => ((row % (24 * 28)) + 0.5) * HOUR),
    columns: {
      normal: make(() => random.normal()),
      cauchy: make(() => random.normal() / random.normal()),
      lognormal: make(() => Math.exp(5 * random.normal())),
      allSizes: make(() => (random.next() < 0.5 ? -1 : 1) * 10 ** (600 * random.next() - 300)),
      infinities: make(() => [Infinity, -Infinity, random.normal()][random.integer(3)] as number),
      cycle: make((row) => 20 * Math.sin((2 * Math.PI * (row % 24)) / 24) + 5 * random.normal()),
      gaps: make(() => (random.next() < 0.3 ? null : random.normal())),
      whole: make(() => random.integer(128)),
      fewDoubles: make(() => fewDoubles[random.integer(128)] as number),
      constant: make(() => 7),
      empty: make(() => null),
      letters: make(() => "abcdefghij"[Math.floor(10 * random.next() ** 2)] as string),
      hundred: make(() => `c${random.integer(100)}`),
      ids: make((row) => `id ${row}`),
      long: make(() => "x".repeat(100) + random.integer(12)),
      endless: make(() => "x".repeat(1500) + random.integer(2)),
      foreign: make(() => "日本語の名前".repeat(3) + random.integer(20)),
      escaped: make(() => "\u0001".repeat(20) + random.integer(9)),
    },
  };
}

export const ODD_SCHEMA: FeatureSchema = Object.fromEntries(
  Object.entries(oddColumns(40, 1).columns).map(([name, column]) => [
    name,
    Array.from(column).some((cell) => typeof cell === "string") ? "categorical" : "numeric",
  ]),
);
