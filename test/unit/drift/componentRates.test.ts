/**
 * What each question says of samples that were drawn alike: p-values as small as the ones that make alarms come no more
 * often than they say. Windows are drawn without replacement from reference and window together.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { categoriesTest, unseenTest } from "../../../core/drift/categoryTests.ts";
import type { CountTable } from "../../../core/drift/countTable.ts";
import { rankTests } from "../../../core/drift/rankTests.ts";
import { SeededRandom } from "../../../core/statistics/index.ts";

/** Counts of a sample of `size` out of the population of class numbers, which is shuffled a little more each time. */
function drawn(population: number[], classes: number, size: number, random: SeededRandom): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (let i = 0; i < size; i++) {
    const at = i + random.integer(population.length - i);
    const k = population[at] as number;
    population[at] = population[i] as number;
    population[i] = k;
    counts[k] = (counts[k] as number) + 1;
  }
  return counts;
}

function tableOf(pooled: readonly number[], window: readonly number[]): CountTable {
  const reference = pooled.map((count, k) => count - (window[k] as number));
  const lots = new Map<number, number>();
  for (const count of pooled) lots.set(count, (lots.get(count) ?? 0) + 1);
  const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);
  const unseen = sum(window.filter((_, k) => reference[k] === 0));
  return {
    reference: Float64Array.from(reference),
    window: Float64Array.from(window),
    referenceTotal: sum(reference),
    windowTotal: sum(window),
    at: Float64Array.from(pooled.keys()),
    names: pooled.map((_, k) => `c${k}`),
    missing: 0,
    infinite: 0,
    byName: { referenceTotal: sum(reference), lots, unseen },
  };
}

/** Share of p-values up to `level` among windows drawn alike. */
function shareBelow(
  level: number,
  pooled: readonly number[],
  size: number,
  pValueOf: (table: CountTable) => number,
  draws = 20_000,
): number {
  const random = new SeededRandom(1);
  const population = pooled.flatMap((rows, k) => new Array<number>(rows).fill(k));
  let count = 0;
  for (let i = 0; i < draws; i++)
    if (pValueOf(tableOf(pooled, drawn(population, pooled.length, size, random))) <= level) count++;
  return count / draws;
}

const location = (table: CountTable): number => rankTests(table)[0]?.pValue ?? Number.NaN;

test("a small window of a rare event is no location change more often than its p-value says", () => {
  assert.ok(shareBelow(0.002, [990, 10], 100, location) <= 0.002);
  assert.ok(shareBelow(0.01, [990, 10], 100, location) <= 0.01);
});

test("nor is one of mostly zeros and a long tail", () => {
  const pooled = [900, ...new Array<number>(100).fill(1)];

  assert.ok(shareBelow(0.002, pooled, 60, location, 10_000) <= 0.0025);
});

test("a few expected in many categories are no drift more often than the p-value says", () => {
  const pooled = [5500, ...new Array<number>(7).fill(560), 290, 290];

  assert.ok(shareBelow(0.001, pooled, 100, (table) => categoriesTest(table).pValue, 30_000) <= 0.0013);
});

test("rare categories that only the window has are no drift more often than the p-value says", () => {
  const pooled = [300, 200, 100, ...new Array<number>(20).fill(15), ...new Array<number>(30).fill(2)];

  assert.ok(shareBelow(0.01, pooled, 860, (table) => unseenTest(table)?.pValue ?? 1, 5000) <= 0.01);
});

test("a category of two percent of a window that the reference lacks is found beyond doubt", () => {
  const table = tableOf([980, 980, 20], [490, 490, 20]);
  const result = unseenTest(table);

  assert.ok((result?.pValue ?? 1) < 1e-4, `p is ${result?.pValue}`);
  assert.ok((result?.effect ?? 0) > 0.019);
});
