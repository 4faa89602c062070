import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import {
  compareModels,
  EvaluationInputError,
  evaluateMulticlass,
  type MulticlassPredictions,
  parseMetricName,
} from "../../../core/evaluation/index.ts";
import { SeededRandom } from "../../../core/statistics/index.ts";

type Case = readonly [
  labels: number[],
  predictions: number[] | number[][],
  expected: Record<string, number | null>,
];

test("multiclass metrics agree with scikit-learn to 1e-9 on 200 frozen cases", () => {
  const file = new URL("../../vectors/multiclass.json.gz", import.meta.url);
  const cases = JSON.parse(gunzipSync(readFileSync(file)).toString()) as Case[];
  const problems: string[] = [];
  cases.forEach(([labels, given, expected], at) => {
    const predictions: MulticlassPredictions = Array.isArray(given[0])
      ? { classes: given.map((_, k) => String(k)), probabilities: given as number[][] }
      : { predicted: given as number[] };
    const { metrics } = evaluateMulticlass({ labels, predictions }, { repetitions: 0 });
    for (const [name, want] of Object.entries(expected)) {
      const got = metrics[name as keyof typeof metrics].value;
      const agrees =
        want === null || got === null ? want === got : Math.abs(got - want) <= 1e-9 * Math.max(1, want);
      if (!agrees) problems.push(`case ${at}, ${name}: expected ${want}, got ${got}`);
    }
  });

  assert.equal(cases.length, 200);
  assert.deepEqual(problems.slice(0, 5), []);
});

const CLASSES = ["cat", "dog", "fox"];

/** Labels with probabilities that know them by `skill`. */
function drawn(
  rows: number,
  skill: number,
  seed = 1,
): { labels: string[]; predictions: MulticlassPredictions } {
  const random = new SeededRandom(seed);
  const truth = Array.from({ length: rows }, () => random.integer(3));
  const weights = truth.map((y) => CLASSES.map((_, k) => Math.exp(random.normal() + (k === y ? skill : 0))));
  const sums = weights.map((row) => row.reduce((a, b) => a + b, 0));
  return {
    labels: truth.map((k) => CLASSES[k] as string),
    predictions: {
      classes: CLASSES,
      probabilities: CLASSES.map((_, k) => weights.map((row, i) => (row[k] as number) / (sums[i] as number))),
    },
  };
}

test("every defined metric has an interval that holds it, in all and per slice; the confusion adds up", () => {
  const { labels, predictions } = drawn(600, 1.5);
  const region = labels.map((_, i) => (i % 3 === 0 ? "north" : "south"));
  const result = evaluateMulticlass({ labels, predictions, slices: { region } }, { repetitions: 60 });

  for (const metrics of [result.metrics, ...result.slices.map((s) => s.metrics)])
    for (const [name, { value, low, high }] of Object.entries(metrics)) {
      assert.ok(value !== null && low !== null && high !== null && low < high, name);
      // Calibration error grows under resampling: its interval lies above the estimate.
      if (name !== "calibrationError")
        assert.ok(low <= value && value <= high, `${name}: ${low} ${value} ${high}`);
    }
  assert.deepEqual(
    result.slices.map((s) => [s.value, s.rows]),
    [
      ["north", 200],
      ["south", 400],
    ],
  );
  assert.equal(
    result.confusion.flat().reduce((a, b) => a + b, 0),
    600,
  );
});

test("rows without a label count for coverage only", () => {
  const predicted = ["a", "b", "c", "a"];
  const result = evaluateMulticlass({ labels: ["a", null, "c", ""], predictions: { predicted } });

  assert.equal(result.labelCoverage, 0.5);
  assert.equal(result.metrics.accuracy.value, 1);
  assert.equal(result.metrics.logLoss.value, null);
});

test("a model that knows more passes, one that knows less fails, also where less is better", () => {
  const strong = drawn(2000, 2);
  const weak = drawn(2000, 1);
  for (const metric of ["rocAucOvr", "f1Macro", "logLoss", "brier"] as const) {
    const judge = (champion: MulticlassPredictions, challenger: MulticlassPredictions) =>
      compareModels(strong.labels, champion, challenger, metric, 0.01, { repetitions: 200 }).verdict;
    assert.deepEqual(weak.labels, strong.labels);
    assert.equal(judge(weak.predictions, strong.predictions), "pass", metric);
    assert.equal(judge(strong.predictions, weak.predictions), "fail", metric);
  }
});

test("decisions of one model can be compared with probabilities of the other", () => {
  const { labels, predictions } = drawn(500, 1);
  const comparison = compareModels(labels, predictions, { predicted: labels }, "f1Weighted", 0);

  assert.equal(comparison.verdict, "pass");
  assert.equal(comparison.challenger, 1);
});

test("unknown classes, rows that do not add up, and metrics of another task are named", () => {
  const columns = {
    classes: ["a", "b", "c"],
    probabilities: [
      [0.5, 0.5],
      [0.5, 0.2],
      [0, 0.2],
    ],
  };
  assert.throws(
    () => evaluateMulticlass({ labels: ["a", "d"], predictions: columns }),
    (e: unknown) =>
      e instanceof EvaluationInputError &&
      /labels\[1\].*a, b, c, got "d"/.test(e.message) &&
      /row 1: expected a sum of 1/.test(e.message),
  );
  assert.throws(
    () => evaluateMulticlass({ labels: ["a"], predictions: { classes: ["a", "a"], probabilities: [[1]] } }),
    /two or more different names.*\n.*expected 2 columns/,
  );
  assert.throws(
    () => compareModels([0, 1], [0.1, 0.2], [0.1, 0.2], "f1Macro", 0),
    /expected one of accuracy, precision,.*for predictions of numbers, got f1Macro/,
  );
  assert.throws(
    () => compareModels(["a", "b"], { predicted: ["a", "b"] }, { predicted: ["a", "b"] }, "rocAuc", 0),
    /expected one of accuracy, precisionMacro,.*several classes, got rocAuc/,
  );
  assert.equal(parseMetricName("roc_auc_ovr_weighted"), "rocAucOvrWeighted");
  assert.equal(parseMetricName("f1_macro"), "f1Macro");
});
