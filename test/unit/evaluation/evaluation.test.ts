import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import {
  compareModels,
  EvaluationInputError,
  evaluateClassification,
  evaluateRegression,
  parseMetricName,
} from "../../../core/evaluation/index.ts";
import { SeededRandom } from "../../../core/statistics/index.ts";

type Case = readonly ["classification" | "regression", number[], number[], Record<string, number>];

test("metrics agree with scikit-learn to 1e-9 on 240 frozen cases", () => {
  const file = new URL("../../vectors/evaluation.json.gz", import.meta.url);
  const cases = JSON.parse(gunzipSync(readFileSync(file)).toString()) as Case[];
  for (const [kind, labels, scores, expected] of cases) {
    const metrics: Record<string, { value: number | null }> =
      kind === "classification"
        ? evaluateClassification({ labels, scores }, { repetitions: 0 }).metrics
        : evaluateRegression({ labels, predictions: scores }, { repetitions: 0 }).metrics;
    for (const [name, want] of Object.entries(expected)) {
      const got = metrics[name]?.value ?? Number.NaN;
      assert.ok(
        Math.abs(got - want) <= 1e-9 * Math.max(1, Math.abs(want)),
        `${name}: expected ${want}, got ${got}`,
      );
    }
  }
});

/** Labels with scores of two models; `edge` is how much better the second is. */
function models(
  rows: number,
  edge: number,
  seed = 1,
): { labels: number[]; champion: number[]; challenger: number[] } {
  const random = new SeededRandom(seed);
  const labels = Array.from({ length: rows }, () => (random.next() < 0.3 ? 1 : 0));
  const squash = (x: number): number => 1 / (1 + Math.exp(-x));
  const common = labels.map((y) => y + random.normal());
  return {
    labels,
    champion: common.map((c) => squash(c + 0.3 * random.normal())),
    challenger: common.map((c, i) => squash(c + edge * (labels[i] as number) + 0.3 * random.normal())),
  };
}

test("a clearly better challenger passes, a clearly worse one fails, a close one is for a person", () => {
  const better = models(3000, 0.5);
  const worse = models(3000, -0.8);
  const close = models(150, -0.05);

  assert.equal(
    compareModels(better.labels, better.champion, better.challenger, "rocAuc", 0.01).verdict,
    "pass",
  );
  assert.equal(compareModels(worse.labels, worse.champion, worse.challenger, "rocAuc", 0.01).verdict, "fail");
  assert.equal(
    compareModels(close.labels, close.champion, close.challenger, "rocAuc", 0.001).verdict,
    "inconclusive",
  );
});

test("differences of metrics where less is better are turned so that positive is better", () => {
  const { labels, champion, challenger } = models(2000, 0.5);
  const forward = compareModels(labels, champion, challenger, "logLoss", 0.01);
  const backward = compareModels(labels, challenger, champion, "logLoss", 0.01);

  assert.ok((forward.difference ?? 0) > 0);
  assert.ok(Math.abs((forward.difference ?? 0) + (backward.difference ?? 0)) < 1e-12);
  assert.ok(
    Math.abs((forward.interval?.low ?? 0) + (backward.interval?.high ?? 1)) < 1e-12,
    "swapped sides mirror the interval",
  );
});

test("the same model passes against itself even without a margin", () => {
  const { labels, champion } = models(500, 0);

  assert.equal(compareModels(labels, champion, champion, "accuracy", 0).verdict, "pass");
});

test("few rows or one class are inconclusive with the reason", () => {
  const { labels, champion, challenger } = models(50, 0.5);

  assert.equal(compareModels(labels, champion, challenger, "rocAuc", 0.01).reason, "TooFewRows");
  const zeros = new Array<number>(200).fill(0);
  const scores = zeros.map((_, i) => i / 200);
  assert.equal(compareModels(zeros, scores, scores, "rocAuc", 0.01).reason, "MetricUndefined");
});

test("rows without a label count for coverage only", () => {
  const result = evaluateClassification({ labels: [1, null, 0, undefined], scores: [0.9, 0.1, 0.2, 0.5] });

  assert.equal(result.labelCoverage, 0.5);
  assert.equal(result.metrics.accuracy.value, 1);
});

test("slices are evaluated by value and intervals hold their estimate", () => {
  const { labels, champion } = models(400, 0);
  const region = labels.map((_, i) => (i % 2 === 0 ? "north" : "south"));
  const result = evaluateClassification({ labels, scores: champion, slices: { region } });

  assert.deepEqual(
    result.slices.map((s) => [s.value, s.rows]),
    [
      ["north", 200],
      ["south", 200],
    ],
  );
  const { value, low, high } = result.metrics.rocAuc;
  assert.ok((low as number) < (value as number) && (value as number) < (high as number));
});

test("wrong labels and scores are named with row and value; unknown metrics list the known", () => {
  assert.throws(
    () => evaluateClassification({ labels: [0, 2], scores: [0.5, 1.5] }),
    (e: unknown) =>
      e instanceof EvaluationInputError &&
      /labels\[1\].*got 2/.test(e.message) &&
      /scores\[1\].*got 1\.5/.test(e.message),
  );
  assert.throws(() => parseMetricName("gini"), /expected one of accuracy.*got "gini"/);
  assert.equal(parseMetricName("auc"), "rocAuc");
});

test("a metric asked for alone has the value and interval that it has among all", () => {
  const labels = Array.from({ length: 200 }, (_, i) => (i % 3 === 0 ? 1 : 0));
  const scores = labels.map((label, i) => 0.3 * label + ((i * 37) % 70) / 100);
  const all = evaluateClassification({ labels, scores }).metrics;

  const { metrics } = evaluateClassification({ labels, scores }, { only: ["rocAuc"] });

  assert.deepEqual(metrics.rocAuc, all.rocAuc);
  assert.deepEqual(metrics.brier, { value: null, low: null, high: null });
});
