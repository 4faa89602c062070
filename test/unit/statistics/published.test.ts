import assert from "node:assert/strict";
import { test } from "node:test";
import {
  adjustPValues,
  andersonDarlingKSample,
  chiSquareContingency,
  chiSquared,
  chiSquareGoodnessOfFit,
  cramerVonMises,
  energyDistance,
  fisherExact,
  hellingerDistance,
  jensenShannonDistance,
  klDivergence,
  kolmogorov,
  ksTwoSample,
  mannWhitneyU,
  populationStabilityIndex,
  robustLinfDistance,
  totalVariation,
  wassersteinDistance,
} from "../../../core/statistics/index.ts";

/** Sums of twelve uniforms of the reference's linear congruential generator. */
function irwinHall(seed: number, count: number): number[] {
  let s = seed;
  return Array.from({ length: count }, () => {
    let sum = 0;
    for (let i = 0; i < 12; i++) {
      s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
      sum += (s + 0.5) / 2 ** 32;
    }
    return sum - 6;
  });
}

const repeat = (counts: readonly (readonly [value: number, times: number])[]): number[] =>
  counts.flatMap(([value, times]) => new Array<number>(times).fill(value));
const shifted = (x: readonly number[], by: number): number[] => x.map((v) => v + by);
const linspace = (from: number, to: number, n: number): number[] =>
  Array.from({ length: n }, (_, i) => from + (i * (to - from)) / (n - 1));

function near(got: number, want: number, what: string): void {
  const scale = Math.abs(want) < 1e-6 ? Math.abs(want) || 1 : 1;
  assert.ok(Math.abs(got - want) <= 1e-9 * scale, `${what}: expected ${want}, got ${got}`);
}

const A = irwinHall(1, 20000);
const B = irwinHall(2, 20000);
const R6 = repeat([
  [1, 16],
  [2, 18],
  [3, 16],
  [4, 14],
  [5, 12],
  [6, 12],
]);
const C6 = repeat([
  [1, 16],
  [2, 16],
  [3, 16],
  [4, 16],
  [5, 16],
  [6, 8],
]);

test("the generator of the published inputs is right", () => {
  near(A[0] as number, -1.1055668024346232, "first");
  near(A[1] as number, -0.2447277968749404, "second");
});

test("Kolmogorov-Smirnov: published two-sample vectors", () => {
  const n10k = linspace(1, 200, 10000).map((v) => v - 1 / (4 * 10000 * 110));
  const e10k = linspace(1, 200, 10000).map((v) => v - 1 / (4 * 10000 * 11000));
  const n11k = linspace(2, 200, 11000);
  const vectors: [number[], number[], number, number, ("exact" | "asymptotic")?][] = [
    [[1, 2, 3, 4, 5, 6, 7], [2.5, 3.5, 4.5, 9, 10], 0.4, 0.6388888888888888],
    [R6, C6, 0.045454545454545456, 0.9999926089855543],
    [irwinHall(1, 100), shifted(irwinHall(2, 110), 0.3), 0.19090909090909092, 0.037413729789350654],
    [irwinHall(1, 1000), shifted(irwinHall(2, 1000), 0.1), 0.066, 0.025633868930359294],
    [irwinHall(1, 1000), shifted(irwinHall(2, 999), 0.1), 0.06652052052052052, 0.022532220644583434],
    [A.slice(0, 10000), shifted(B.slice(0, 10000), 0.02), 0.0065, 0.9841448923336962],
    [A.slice(0, 10000), shifted(B.slice(0, 9999), 0.02), 0.0065691169116911695, 0.9807818401302659],
    [A.slice(0, 10001), shifted(B.slice(0, 10001), 0.02), 0.0065993400659933865, 0.9804197197052715],
    [A, shifted(B.slice(0, 500), 0.02), 0.0534, 0.11927734268321133],
    [A, B.slice(0, 20), 0.19335, 0.39288018184221285],
    [A, shifted(B, 0.1), 0.0401, 2.0784140058789547e-14],
    [linspace(1, 100, 100), shifted(linspace(1, 100, 110), 20.1), 232 / 1100, 0.015739183865607353],
    [linspace(1, 100, 100), shifted(linspace(1, 100, 110), 19.9), 229 / 1100, 0.017803803861026313],
    [n10k, linspace(2, 100, 110), 55275 / 110000, 6.263465662260858e-26],
    [e10k, n11k, 563 / 110000, 0.9990660108966576, "asymptotic"],
    [e10k, n11k, 563 / 110000, 0.9990456491488628, "exact"],
  ];
  for (const [i, [x, y, d, p, method]] of vectors.entries()) {
    const result = ksTwoSample(x, y, { method: method ?? "auto" });
    near(result.statistic, d, `D of vector ${i}`);
    near(result.pValue, p, `p of vector ${i}`);
  }
});

test("Kolmogorov's law for finite n: published tails", () => {
  const vectors = [
    [10, 0.3, 0.27053557479999946],
    [20, 0.2, 0.352720173623415],
    [100, 0.05, 0.9532159710635725],
    [100, 0.2, 5.551927327988775e-4],
    [140, 0.08, 0.31480749911643063],
    [141, 0.08, 0.31084170879264117],
    [1000, 0.05, 0.013012074781090332],
    [10000, 0.005, 0.9628778025204304],
    [100000, 0.004, 0.08130148920222469],
  ] as const;
  for (const [n, d, p] of vectors) near(kolmogorov.sf(d, n), p, `sf(${d}; ${n})`);
});

test("chi-squared, Fisher, Mann-Whitney: published values", () => {
  near(
    chiSquareContingency([
      [10, 20],
      [30, 40],
    ]).pValue,
    0.5040358664525046,
    "corrected",
  );
  near(
    chiSquareContingency(
      [
        [10, 20],
        [30, 40],
      ],
      { correction: false },
    ).pValue,
    0.37299848361348686,
    "uncorrected",
  );
  near(
    chiSquareContingency([
      [100, 200, 300],
      [150, 180, 270],
    ]).pValue,
    0.0018075381933252278,
    "2 x 3",
  );
  near(
    chiSquareGoodnessOfFit([16, 16, 16, 16, 16, 8], [16, 18, 16, 14, 12, 12]).pValue,
    0.6730876006966301,
    "fit",
  );
  near(chiSquared.sf(200, 100), 1.1784500720979781e-8, "tail");
  near(
    fisherExact([
      [8, 2],
      [1, 5],
    ]).pValue,
    0.034965034965034975,
    "Fisher",
  );
  const x = [1.1, 2.2, 3.3, 4.4, 5.5, 6.6, 7.7];
  const y = [0.5, 1.5, 2.5, 3.5, 10, 11, 12];
  near(mannWhitneyU(x, y).pValue, 0.8047785547785549, "exact");
  near(mannWhitneyU(x, y, { method: "asymptotic" }).pValue, 0.7982978473285264, "asymptotic");
  near(mannWhitneyU([1, 1, 2, 2, 3], [2, 2, 3, 3, 4]).pValue, 0.12512238701328704, "ties");
});

test("distances and k-sample tests: published values", () => {
  const ref = [38.7, 41.5, 43.8, 44.5, 45.5, 46, 47.7, 58];
  const cur = [39.2, 39.3, 39.7, 41.4, 41.8, 42.9, 43.3, 45.8];
  near(ksTwoSample(ref, cur).pValue, 0.08702408702408701, "KS");
  near(wassersteinDistance(ref, cur), 4.1625, "Wasserstein");
  near(energyDistance(ref, cur), 1.570230874744221, "energy");
  near(andersonDarlingKSample([ref, cur]).pValue, 0.06351467728760844, "Anderson-Darling");
  near(cramerVonMises(ref, cur).pValue, 0.06433566433566433, "Cramer-von Mises exact");
  near(cramerVonMises(R6, C6).pValue, 0.9976139157663553, "Cramer-von Mises limit");
  const [p, q] = [
    [16, 18, 16, 14, 12, 12],
    [16, 16, 16, 16, 16, 8],
  ];
  near(populationStabilityIndex(p, q).statistic, 0.037218381577290835, "PSI");
  near(klDivergence(p, q), 0.01890967696532045, "KL");
  near(jensenShannonDistance(p, q), 0.06804819617703867, "JS");
  near(hellingerDistance(p, q), 0.06812774370983345, "Hellinger");
  near(totalVariation(p, q), 0.06818181818181819, "TV");
  near(populationStabilityIndex([9, 1, 0], [5, 0, 5]).statistic, 5.182944294720141, "PSI with empty classes");
  assert.equal(robustLinfDistance(0.05, 100, 100), 0);
});

test("adjusted p-values: published values", () => {
  const p = [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205];
  adjustPValues(p, "bh").forEach((v, i) => {
    near(v, [0.008, 0.032, 0.0672, 0.0672, 0.0672, 0.08, 0.0845714285714, 0.205][i] as number, `bh ${i}`);
  });
  assert.deepEqual(adjustPValues([0.01, 0.02, 0.04], "holm"), [0.03, 0.04, 0.04]);
  assert.throws(() => adjustPValues([0.1, 1.5], "bh"), /p\[1\].*probability, got 1\.5/);
});

test("exact Mann-Whitney with ties takes the whole number below a half U, as SciPy does", () => {
  const x = [1, 2, 3.5, 8, 9];
  const y = [2, 3, 6, 7.5];
  for (const [alternative, want] of [
    ["two-sided", 1.0],
    ["less", 0.6349206349206349],
    ["greater", 0.5476190476190477],
  ] as const)
    near(mannWhitneyU(x, y, { alternative, method: "exact" }).pValue, want, alternative);
});

test("one-sided Kolmogorov-Smirnov of unequal sizes is exact while paths can be counted in doubles, then asymptotic, as SciPy's", () => {
  const x = (n: number) => Array.from({ length: n }, (_, i) => i / 7);
  const shift = (n: number) => x(n).map((v) => v + 1.3);
  for (const method of ["auto", "exact"] as const) {
    const greater = { alternative: "greater", method } as const;
    near(ksTwoSample(x(500), shift(499), greater).pValue, 0.8025247007730261, "500 and 499");
    near(ksTwoSample(x(700), shift(699), greater).pValue, 0.8546721451089903, "700 and 699");
  }
});

test("one class fits whatever its count; without a degree of freedom there is no p", () => {
  assert.deepEqual(chiSquareGoodnessOfFit([2], [1.9999999999999998]).pValue, 1);
  assert.ok(Number.isNaN(chiSquareGoodnessOfFit([2, 3], [2.5, 2.5], 1).pValue));
});
