/** Metrics of resamples: counts as weights are the same as rows repeated, and the counts are those of draws with replacement. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { metricOn, type Predictions } from "../../../core/evaluation/metricNames.ts";
import type { ClassLabels } from "../../../core/evaluation/multiclassData.ts";
import type { MetricName } from "../../../core/evaluation/types.ts";
import { chiSquareGoodnessOfFit, SeededRandom } from "../../../core/statistics/index.ts";
import { drawCounts } from "../../../core/statistics/resampling/drawCounts.ts";

const row = fc.record({
  label: fc.nat(1),
  // Few scores, so that most are tied; and fine ones.
  scores: fc.tuple(
    ...Array.from({ length: 3 }, () =>
      fc.oneof(
        fc.nat(4).map((k) => k / 4),
        fc.double({ min: 0, max: 1, noNaN: true }),
      ),
    ),
  ),
  letter: fc.constantFrom("a", "b", "c"),
  count: fc.nat(4),
});
const rows = fc.array(row, { minLength: 1, maxLength: 40 });
type Row = { label: number; scores: number[]; letter: string; count: number };

/** scikit-learn's definition, pair by pair. */
function aucByPairs(all: readonly Row[]): number {
  let [pairs, won] = [0, 0];
  for (const a of all)
    for (const b of all) {
      if (a.label !== 1 || b.label !== 0) continue;
      pairs++;
      const [x, y] = [a.scores[0] as number, b.scores[0] as number];
      won += x > y ? 1 : x === y ? 0.5 : 0;
    }
  return pairs === 0 ? Number.NaN : won / pairs;
}

const same = (a: number, b: number): boolean =>
  Object.is(a, b) || Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));

const over = (metric: MetricName, labels: ClassLabels, predictions: Predictions, at: readonly number[]) =>
  metricOn(metric, labels, predictions, at, 0.5);

function metricOf(metric: MetricName, all: readonly Row[], several: boolean) {
  const at = Array.from(all.keys());
  if (!several)
    return over(
      metric,
      all.map((r) => r.label),
      all.map((r) => r.scores[0] as number),
      at,
    );
  const probabilities = [0, 1, 2].map((k) =>
    all.map(({ scores }) => ((scores[k] as number) + 0.1) / scores.reduce((sum, s) => sum + s + 0.1, 0)),
  );
  return over(
    metric,
    all.map((r) => r.letter),
    { classes: ["a", "b", "c"], probabilities },
    at,
  );
}

const OF_TWO = [
  "rocAuc",
  "prAuc",
  "accuracy",
  "precision",
  "recall",
  "f1",
  "logLoss",
  "brier",
  "calibrationError",
];
const OF_NUMBERS = ["mae", "rmse", "mape", "bias", "r2"];
const OF_SEVERAL = [
  "rocAucOvr",
  "rocAucOvrWeighted",
  "rocAucOvo",
  "rocAucOvoWeighted",
  "prAucMacro",
  "f1Macro",
  "brier",
];

for (const [names, several] of [
  [[...OF_TWO, ...OF_NUMBERS], false],
  [OF_SEVERAL, true],
] as const)
  for (const metric of names as readonly MetricName[])
    test(`${metric}${several ? " of three classes" : ""} of weighted rows is that of rows repeated`, () => {
      fc.assert(
        fc.property(rows, (all) => {
          const repeated = all.flatMap((r) => new Array<Row>(r.count).fill(r));
          fc.pre(repeated.length > 0);
          const weighted = metricOf(metric, all, several)(Uint8Array.from(all, (r) => r.count));
          const expanded = metricOf(metric, repeated, several)(null);

          assert.ok(same(weighted, expanded), `${weighted} and ${expanded}`);
          if (metric === "rocAuc") assert.ok(same(weighted, aucByPairs(repeated)));
        }),
        { numRuns: 200 },
      );
    });

for (const rowsDrawn of [1, 2, 7, 100, 5000])
  test(`a resample of ${rowsDrawn} rows is as many draws`, () => {
    const random = new SeededRandom(rowsDrawn);
    const counts = new Uint8Array(rowsDrawn);
    for (let i = 0; i < 200; i++) {
      drawCounts(counts, random);
      assert.equal(
        counts.reduce((sum, count) => sum + count, 0),
        rowsDrawn,
      );
    }
  });

test("counts of a row, and of two rows together, are binomial as those of draws with replacement", () => {
  const ROWS = 9;
  const RESAMPLES = 40_000;
  const random = new SeededRandom(4);
  const counts = new Uint8Array(ROWS);
  const choose = (k: number): number =>
    Array.from({ length: k }, (_, i) => (ROWS - i) / (i + 1)).reduce((a, b) => a * b, 1);
  /** Chance of k draws among those of `members` of the rows. */
  const chance = (k: number, members: number): number =>
    choose(k) * (members / ROWS) ** k * (1 - members / ROWS) ** (ROWS - k);
  const seen = [0, 3, 8].map(() => new Float64Array(ROWS + 1));
  const pair = new Float64Array(ROWS + 1);
  const add = (to: Float64Array, k: number): void => {
    to[k] = (to[k] as number) + 1;
  };
  for (let i = 0; i < RESAMPLES; i++) {
    drawCounts(counts, random);
    for (const [which, at] of [0, 3, 8].entries()) add(seen[which] as Float64Array, counts[at] as number);
    add(pair, (counts[2] as number) + (counts[7] as number));
  }
  for (const [found, members] of [...seen.map((s) => [s, 1] as const), [pair, 2] as const]) {
    // Rare counts share a cell.
    const cells = 5;
    const join = (all: readonly number[]): number[] => [
      ...all.slice(0, cells),
      all.slice(cells).reduce((a, b) => a + b, 0),
    ];
    const expected = join(Array.from(found, (_, k) => RESAMPLES * chance(k, members)));
    const { pValue } = chiSquareGoodnessOfFit(join([...found]), expected);

    assert.ok(pValue > 1e-4, `p ${pValue}`);
  }
});
