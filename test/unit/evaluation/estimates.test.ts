import assert from "node:assert/strict";
import { test } from "node:test";
import {
  calibrate,
  estimateFromConfidence,
  estimateLoss,
  estimateQuality,
  evaluateClassification,
  fitConfidenceEstimator,
  fitLossEstimator,
} from "../../../core/evaluation/index.ts";
import { SeededRandom } from "../../../core/statistics/index.ts";

/** Labels drawn with the given probabilities. */
function drawn(rows: number, seed: number, centre: number): { labels: number[]; truth: number[] } {
  const random = new SeededRandom(seed);
  const truth = Array.from({ length: rows }, () => 1 / (1 + Math.exp(-(centre + 1.5 * random.normal()))));
  return { truth, labels: truth.map((p) => (random.next() < p ? 1 : 0)) };
}

test("expected counts follow from the probabilities", () => {
  const metrics = estimateFromConfidence([0.9, 0.8, 0.3, 0.1], [1, 1, 0, 0]);

  assert.ok(Math.abs((metrics.accuracy ?? 0) - (0.9 + 0.8 + 0.7 + 0.9) / 4) < 1e-12);
  assert.ok(Math.abs((metrics.precision ?? 0) - 0.85) < 1e-12);
  assert.ok(Math.abs((metrics.recall ?? 0) - 1.7 / 2.1) < 1e-12);
});

test("quality without labels is close to the realised quality when only the inputs shift", () => {
  const reference = drawn(5000, 1, 0);
  const shifted = drawn(5000, 2, 1);
  const estimator = fitConfidenceEstimator(reference.labels, reference.truth);

  const estimated = estimateQuality(estimator, shifted.truth).metrics;
  const realised = evaluateClassification(
    { labels: shifted.labels, scores: shifted.truth },
    { repetitions: 0 },
  ).metrics;

  for (const name of ["accuracy", "precision", "recall", "f1", "rocAuc"] as const) {
    assert.ok(Math.abs((estimated[name] ?? 0) - (realised[name].value ?? 1)) < 0.025, name);
  }
});

test("overconfident scores are calibrated, calibrated ones are left", () => {
  const { labels, truth } = drawn(4000, 3, 0);
  const overconfident = truth.map((p) => p ** 3 / (p ** 3 + (1 - p) ** 3));
  const calibration = calibrate(labels, overconfident);

  assert.notEqual(calibration.fit, null);
  assert.ok(calibration.errorAfter < calibration.errorBefore / 2);
});

test("a fall of the estimated quality leaves its band", () => {
  const reference = drawn(5000, 4, 0);
  const estimator = fitConfidenceEstimator(reference.labels, reference.truth);
  const unsure = Array.from({ length: 500 }, (_, i) => 0.4 + (0.2 * i) / 500);

  assert.deepEqual(estimateQuality(estimator, reference.truth.slice(0, 500)).outside, []);
  assert.ok(estimateQuality(estimator, unsure).outside.includes("accuracy"));
});

test("estimated loss follows the inputs on which the model errs more", () => {
  const random = new SeededRandom(5);
  const make = (count: number, spread: number) => {
    const rows = Array.from({ length: count }, () => [spread * random.next(), random.normal()]);
    const predictions = rows.map((r) => r[1] as number);
    const labels = rows.map((r) => (r[1] as number) + (r[0] as number) * random.normal());
    return { rows, predictions, labels };
  };
  const reference = make(4000, 2);
  const estimator = fitLossEstimator(reference.rows, reference.labels, reference.predictions);
  const easy = make(2000, 1);

  const estimate = estimateLoss(estimator, easy.rows);
  const realised =
    easy.labels.reduce((sum, y, i) => sum + Math.abs(y - (easy.predictions[i] as number)), 0) / 2000;

  assert.ok(
    Math.abs((estimate?.mae ?? 0) - realised) < 0.06,
    `expected about ${realised}, got ${estimate?.mae}`,
  );
  assert.equal(estimateLoss(estimator, []), null);
});
