/** A comparison whose rows come one by one gives what all of them at once give, in each resample. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compareModels } from "../../../core/evaluation/index.ts";
import { metricOn, type Predictions, taskOf } from "../../../core/evaluation/metricNames.ts";
import { metricPlan } from "../../../core/evaluation/metrics/metricPlan.ts";
import { type ClassLabels, multiclassData } from "../../../core/evaluation/multiclassData.ts";
import { PairedComparison } from "../../../core/evaluation/paired/pairedComparison.ts";
import { PairedSums } from "../../../core/evaluation/paired/pairedSums.ts";
import { walkDown } from "../../../core/evaluation/paired/rankWalks.ts";
import { fallingOrder } from "../../../core/evaluation/scoreWalk.ts";
import { HIGHER_IS_BETTER, type MetricName } from "../../../core/evaluation/types.ts";
import { SeededRandom, summariseResamples } from "../../../core/statistics/index.ts";
import { RowWeights } from "../../../core/statistics/resampling/rowWeights.ts";

const REPETITIONS = 40;
const CLASSES = ["a", "b", "c"];
const close = (ours: number, theirs: number, what: string): void =>
  assert.ok(
    Math.abs(ours - theirs) <= 1e-11 * Math.max(1, Math.abs(theirs)) ||
      (Number.isNaN(ours) && Number.isNaN(theirs)),
    `${what}: expected ${theirs}, got ${ours}`,
  );

interface World {
  readonly labels: ClassLabels;
  readonly models: readonly [Predictions, Predictions];
}

/** Rows of two models; scores of `steps` different values, so that some or many are tied. */
function world(kind: "binary" | "regression" | "classes" | "decided", rows: number, steps: number): World {
  const random = new SeededRandom(rows + steps);
  const score = (): number => Math.floor(random.next() * steps) / steps;
  const numbers = (): number[] => Array.from({ length: rows }, score);
  if (kind === "binary")
    return { labels: Array.from({ length: rows }, () => random.integer(2)), models: [numbers(), numbers()] };
  if (kind === "regression") return { labels: numbers(), models: [numbers(), numbers()] };
  const names = (): string[] => Array.from({ length: rows }, () => CLASSES[random.integer(3)] as string);
  if (kind === "decided")
    return { labels: names(), models: [{ predicted: names() }, { predicted: names() }] };
  const probabilities = (classes: readonly string[]) => {
    const weights = Array.from({ length: rows }, () => classes.map(() => score() + 0.05));
    const share = (row: number[], k: number) => (row[k] as number) / row.reduce((a, b) => a + b);
    return { classes, probabilities: classes.map((_, k) => weights.map((row) => share(row, k))) };
  };
  // The second model lists its classes in another order.
  return { labels: names(), models: [probabilities(CLASSES), probabilities(CLASSES.toReversed())] };
}

const METRICS = Object.keys(HIGHER_IS_BETTER) as MetricName[];
const tasksOf = (metric: MetricName): ("binary" | "regression" | "classes" | "decided")[] => {
  const isOf = (areNumbers: boolean): boolean => {
    try {
      taskOf(metric, areNumbers);
      return true;
    } catch {
      return false;
    }
  };
  return [
    ...(isOf(true) ? [taskOf(metric, true) as "binary" | "regression"] : []),
    ...(isOf(false) ? (["classes", "decided"] as const) : []),
  ];
};

/** Labels by number, and the columns of a model. */
function partsOf(labels: ClassLabels, model: Predictions, rows: readonly number[]) {
  if ("length" in model)
    return { labels: Float64Array.from(labels as ArrayLike<number>), columns: [Float64Array.from(model)] };
  const data = multiclassData(labels, model, rows);
  return { labels: data.labels, columns: data.probabilities ?? [Float64Array.from(data.predicted)] };
}

/** The interval that the same weights give row by row and all at once. */
function both(metric: MetricName, { labels, models }: World) {
  const rows = Array.from({ length: labels.length }, (_, i) => i);
  const weights = new RowWeights(REPETITIONS, 7);
  const drawn = Array.from({ length: REPETITIONS }, () => new Uint8Array(rows.length));
  for (const i of rows) {
    const counts = weights.of(i);
    drawn.forEach((resample, r) => {
      resample[i] = counts[r + 1] as number;
    });
  }
  const statistics = models.map((model) => metricOn(metric, labels, model, rows, 0.5));
  const differences = [null, ...drawn].map((counts) => {
    const [a, b] = statistics.map((statistic) => statistic(counts)) as [number, number];
    return b - a;
  });

  const parts = models.map((model) => partsOf(labels, model, rows));
  const kind = taskOf(metric, "length" in models[0]);
  const plans = parts.map(({ columns }) =>
    metricPlan(kind, metric, { threshold: 0.5, columns: columns.length, centre: 0.4 }),
  );
  const sums = new PairedSums([plans[0], plans[1]] as never, weights, kind !== "classes");
  for (const i of rows)
    sums.add(
      parts.map((p) => p.labels[i]) as never,
      parts.map((p) => p.columns.map((column) => column[i])) as never,
    );
  const walked = parts.map(({ labels: l, columns }, m) =>
    (plans[m] as (typeof plans)[0]).walks.map((plan) => {
      const scores = columns[plan.column] as Float64Array;
      const order = fallingOrder(scores);
      // In parts of seven rows, so that ties reach from one to the next.
      const ranked = Array.from({ length: Math.ceil(order.length / 7) }, (_, p) => {
        const part = order.slice(7 * p, 7 * p + 7);
        return {
          scores: Float64Array.from(part, (row) => scores[row] as number),
          rows: part,
          labels: Uint32Array.from(part, (row) => l[row] as number),
          length: part.length,
        };
      });
      return walkDown(plan, ranked, weights);
    }),
  );
  const outcome = sums.finish(walked as never, 3, (value) => value, 0.9);
  const [estimate = 0, ...resampled] = differences;
  return { ours: outcome, theirs: { estimate, ...summariseResamples(resampled, 0.9) } };
}

for (const metric of METRICS)
  for (const kind of tasksOf(metric))
    test(`${metric} of ${kind}: rows one by one give each resample that all rows at once give`, () => {
      for (const [rows, steps] of [
        [2, 3],
        [60, 4],
        [400, 17],
        [300, 1e9],
      ] as const) {
        const { ours, theirs } = both(metric, world(kind, rows, steps));
        assert.equal(ours.repetitions, theirs.repetitions, "resamples with a value");
        for (const key of ["estimate", "low", "high", "standardError"] as const)
          close(ours[key], theirs[key], `${rows} rows of ${steps} scores, ${key}`);
      }
    });

test("counts of a row are Poisson numbers, the same whenever they are asked for, and rows have nothing in common", () => {
  const weights = new RowWeights(2000, 3);
  const first = Uint8Array.from(weights.of(5));
  const many = Array.from({ length: 4000 }, (_, row) => Uint8Array.from(weights.of(row)));
  assert.deepEqual(many[5], first);
  assert.ok(many.every((counts) => counts[0] === 1));

  const shares = new Float64Array(8);
  for (const counts of many)
    for (const count of counts.subarray(1, 2001))
      if (count < shares.length) shares[count] = (shares[count] as number) + 1 / 8e6;
  let poisson = Math.exp(-1);
  shares.forEach((share, k) => {
    assert.ok(Math.abs(share - poisson) < 0.001, `share of ${k}: expected ${poisson}, got ${share}`);
    poisson /= k + 1;
  });

  // Sums over rows of what has mean 0 vary as much as it does.
  const random = new SeededRandom(8);
  const values = many.map(() => random.normal());
  const squares = values.reduce((sum, v) => sum + v * v, 0);
  const sums = Array.from({ length: 2000 }, (_, r) =>
    many.reduce((sum, counts, i) => sum + ((counts[r + 1] as number) - 1) * (values[i] as number), 0),
  );
  const variance = sums.reduce((sum, s) => sum + s * s, 0) / sums.length;
  assert.ok(Math.abs(variance / squares - 1) < 0.12, `expected ${squares}, got ${variance}`);
});

test("the interval is as wide as that of draws, and in the same place", () => {
  const random = new SeededRandom(4);
  const rows = 20_000;
  const labels = Uint32Array.from({ length: rows }, () => (random.next() < 0.03 ? 1 : 0));
  const scores = (skill: number) =>
    Float64Array.from(labels, (y) => 1 / (1 + Math.exp(-(skill * y + random.normal()))));
  const models = [scores(1), scores(1.1)] as const;
  for (const metric of ["rocAuc", "recall", "prAuc", "logLoss"] as const) {
    const task = { areNumbers: true, columns: [1, 1], haveSameClasses: true, centre: 0 } as const;
    const one = new PairedComparison(metric, task);
    for (let i = 0; i < rows; i++) {
      const label = labels[i] as number;
      one.add([label, label], [[models[0][i] as number], [models[1][i] as number]]);
    }
    const walked = (model: 0 | 1) =>
      one.walks[model].map((plan) => {
        const order = fallingOrder(models[model]);
        const at = <T extends ArrayLike<number>>(values: T) => order.map((row) => values[row] as number);
        const ranked = {
          scores: Float64Array.from(order, (row) => models[model][row] as number),
          rows: order,
          labels: at(labels),
          length: rows,
        };
        return walkDown(plan, [ranked], one.weights);
      });
    const many = one.finish([walked(0), walked(1)], 2, 0.01);
    const held = compareModels(labels, ...models, metric, 0.01);
    const width = (c: typeof many): number => (c.interval?.high ?? 0) - (c.interval?.low ?? 0);
    // The width of an interval of 2,000 resamples has a standard error of 2.2 %.
    assert.ok(Math.abs(width(many) / width(held) - 1) < 0.1, `${metric}: ${width(many)}, ${width(held)}`);
    const middle = (c: typeof many): number => ((c.interval?.low ?? 0) + (c.interval?.high ?? 0)) / 2;
    assert.ok(Math.abs(middle(many) - middle(held)) < 0.08 * width(held), metric);
    for (const key of ["champion", "challenger", "difference"] as const)
      close(many[key] ?? 0, held[key] ?? 0, `${metric}, ${key}`);
    assert.equal(many.rows, held.rows);
  }
});
