import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import {
  calibrate,
  type EstimatedMetric,
  estimateLoss,
  estimateQuality,
  fitConfidenceEstimator,
  fitLossEstimator,
} from "../../../core/evaluation/index.ts";
import { stratifiedSplits } from "../../../core/evaluation/stratifiedSplits.ts";

interface Loss {
  readonly mae: number;
  readonly rmse: number;
}

interface Vectors {
  readonly cbpe: readonly {
    readonly labels: number[];
    readonly scores: number[];
    readonly chunks: number[][];
    readonly calibrated: boolean;
    readonly expected: Record<EstimatedMetric, number>[];
    readonly bands: Record<EstimatedMetric, [low: number, high: number]>;
  }[];
  readonly dle: readonly {
    readonly rows: number[][];
    readonly predictions: number[];
    readonly labels: number[];
    readonly chunks: number[][][];
    readonly expected: Loss[];
    readonly realised: Loss[];
  }[];
  readonly splits: readonly { readonly labels: number[]; readonly splits: object[] }[];
  readonly decisions: readonly {
    readonly labels: number[];
    readonly scores: number[];
    readonly needed: boolean;
  }[];
}

const file = new URL("../../vectors/nanny.json.gz", import.meta.url);
const VECTORS = JSON.parse(gunzipSync(readFileSync(file)).toString()) as Vectors;
/** NannyML rounds the steps of its expected ROC curve to five digits. */
const TOLERANCE = (metric: string): number => (metric === "rocAuc" ? 1e-5 : 1e-9);

test("quality without labels agrees with NannyML's CBPE: the choice to calibrate, and every metric of every chunk", () => {
  for (const { labels, scores, chunks, calibrated, expected } of VECTORS.cbpe) {
    const estimator = fitConfidenceEstimator(labels, scores);
    assert.equal(estimator.calibration.fit !== null, calibrated);
    chunks.forEach((chunk, at) => {
      const { metrics } = estimateQuality(estimator, chunk);
      for (const [name, want] of Object.entries(expected[at] ?? {})) {
        const got = metrics[name as EstimatedMetric] ?? Number.NaN;
        assert.ok(Math.abs(got - want) <= TOLERANCE(name), `${name}: expected ${want}, got ${got}`);
      }
    });
  }
});

test("bands are NannyML's thresholds over its ten chunks", () => {
  for (const { labels, scores, bands } of VECTORS.cbpe) {
    const estimator = fitConfidenceEstimator(labels, scores);
    for (const [name, [low, high]] of Object.entries(bands)) {
      const band = estimator.bands[name as EstimatedMetric];
      assert.ok(Math.abs((band?.low ?? 2) - low) < 1e-9, `${name}: low ${band?.low}, expected ${low}`);
      assert.ok(Math.abs((band?.high ?? 2) - high) < 1e-9, `${name}: high ${band?.high}, expected ${high}`);
    }
  }
});

test("a chunk in which one class is predicted has no precision, recall or F1 in the bands", () => {
  const scores = Array.from({ length: 100 }, (_, i) => (i < 80 ? 0.1 : i % 2 === 0 ? 0.7 : 0.2));
  const labels = scores.map((_, i) => (i % 3 === 0 ? 1 : 0));
  const { bands } = fitConfidenceEstimator(labels, scores);
  const allLow = fitConfidenceEstimator(labels, new Array(100).fill(0.1)).bands;

  assert.equal(allLow.recall, null);
  assert.equal(allLow.specificity?.mean, 1);
  assert.ok((bands.recall?.mean ?? 0) > 0.2, `recall ${bands.recall?.mean} of the two last chunks alone`);
});

test("rows are split as scikit-learn splits them for NannyML", () => {
  for (const { labels, splits } of VECTORS.splits) assert.deepEqual(stratifiedSplits(labels, 3, 42), splits);
});

test("whether scores are calibrated is decided as NannyML decides it, but where equal scores in another order tip the scales", () => {
  const decided = VECTORS.decisions.map(
    ({ labels, scores, needed }) => (calibrate(labels, scores).fit !== null) === needed,
  );

  assert.ok(decided.filter(Boolean).length >= 0.9 * decided.length, decided.join());
});

test("one class, or a single row of one, is not calibrated", () => {
  const scores = Array.from({ length: 40 }, (_, i) => i / 40);
  for (const ones of [0, 1])
    assert.equal(
      calibrate(
        scores.map((_, i) => (i < ones ? 1 : 0)),
        scores,
      ).fit,
      null,
    );
});

test("loss without labels is within 5 % of NannyML's DLE, and at most one point farther from the realised loss", () => {
  let [ours, theirs] = [0, 0];
  for (const { rows, labels, predictions, chunks, expected, realised } of VECTORS.dle) {
    const estimator = fitLossEstimator(rows, labels, predictions);
    chunks.forEach((chunk, at) => {
      const estimate = estimateLoss(estimator, chunk);
      for (const name of ["mae", "rmse"] as const) {
        const [got, want, truth] = [
          estimate?.[name] ?? 0,
          expected[at]?.[name] ?? 0,
          realised[at]?.[name] ?? 0,
        ];
        assert.ok(Math.abs(got / want - 1) < 0.05, `${name}: theirs ${want}, ours ${got}, realised ${truth}`);
        ours += Math.abs(got / truth - 1);
        theirs += Math.abs(want / truth - 1);
      }
    });
  }

  assert.ok(ours / 12 <= theirs / 12 + 0.01, `mean relative gap: ours ${ours / 12}, theirs ${theirs / 12}`);
});
