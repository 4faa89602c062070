/**
 * Exact null laws of the two-sample Kolmogorov-Smirnov statistic: the share of lattice paths from (0, 0) to (n, m)
 * that leave a band around the diagonal. Probabilities, not counts, so nothing overflows.
 */

/** n = m: reflections give an alternating sum of binomial ratios, evaluated from the innermost factor outwards. */
export function outsideSquareProbability(n: number, h: number, bothSides: boolean): number {
  if (h <= 0) return 1;
  const ratio = (k: number): number => {
    let value = 1;
    for (let j = 0; j < h; j++) value *= (n - k * h - j) / (n + k * h + j + 1);
    return value;
  };
  if (!bothSides) return ratio(0);
  let sum = 0;
  for (let k = Math.floor(n / h); k >= 0; k--) sum = ratio(k) * (1 - sum);
  return 2 * sum;
}

/**
 * Share of paths that touch |i m - j n| >= h g somewhere (or, one-sided, i m - j n >= h g), g = gcd(n, m).
 * Walks row by row and keeps, for each column inside the band, the chance of having left it (Viehmann 2021);
 * small results keep their digits because they are never formed as one minus a large share.
 */
export function outsideBandProbability(
  n: number,
  m: number,
  g: number,
  h: number,
  bothSides: boolean,
): number {
  // Rows run over the shorter side, so that the band is walked in the fewest passes. By symmetry (turn the path
  // round) the one-sided law does not depend on which side is which.
  const rows = Math.min(n, m);
  const columns = Math.max(n, m);
  const perRow = columns / g;
  const perColumn = rows / g;
  const left = new Float64Array(columns + 1).fill(1);
  let first = 0;
  let end = bothSides ? Math.min(Math.ceil(h / perColumn), columns + 1) : columns + 1;
  left.fill(0, 0, end);
  for (let i = 1; i <= rows; i++) {
    first = Math.min(Math.max(Math.floor((perRow * i - h) / perColumn) + 1, 0), columns);
    end = bothSides ? Math.min(Math.ceil((perRow * i + h) / perColumn), columns + 1) : columns + 1;
    if (end <= first) return 1;
    let value = first === 0 ? 0 : 1;
    for (let j = first; j < end; j++) {
      value = ((left[j] as number) * i + value * j) / (i + j);
      left[j] = value;
    }
  }
  return left[columns] as number;
}
