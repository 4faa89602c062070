import { logGamma } from "../../statistics/special/gamma.ts";

/** The sample at hand and the next one of the same source, and how often a bound may break there. */
export interface Setting {
  /** Values in the sample at hand. */
  readonly n: number;
  /** Values in the next sample. */
  readonly m: number;
  /** Probability, over both samples, that one bound breaks. */
  readonly alpha: number;
}

const logBinomial = (n: number, k: number): number => logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);

/**
 * Most exceptions in the next sample when the sample at hand has x: the least k with
 * P(X <= x | X + J = x + k + 1) <= alpha, where X given the total is hypergeometric. So whatever the true share of
 * exceptions, J > k happens with probability at most alpha (Fisher's exact test turned into a prediction bound;
 * Thatcher, JRSS B 26, 1964). m when no bound can be given.
 */
export function mostExceptions(x: number, { n, m, alpha }: Setting): number {
  let [low, high] = [0, m];
  while (low < high) {
    const k = Math.floor((low + high) / 2);
    if (atMostOf(x, x + k + 1, n, m) <= alpha) high = k;
    else low = k + 1;
  }
  return low;
}

/** P(X <= x), X hypergeometric: of `total` exceptions among n + m values, those that fall into the n. */
function atMostOf(x: number, total: number, n: number, m: number): number {
  const whole = logBinomial(n + m, total);
  let sum = 0;
  for (let i = Math.min(x, n); i >= Math.max(0, total - m); i--) {
    const term = Math.exp(logBinomial(n, i) + logBinomial(m, total - i) - whole);
    sum += term;
    if (term < sum * 1e-12) break;
  }
  return sum;
}

/**
 * Most values of the next sample outside the range of this one: the least k with P(J > k) <= alpha. For values of one continuous
 * distribution the share outside is Beta(ends, n + 1 - ends), so J is beta-binomial; ties only make it smaller
 * (Wilks, Ann. Math. Stat. 12, 1941). `ends`: 2 for [min, max], 1 for a bound on one side.
 */
export function mostOutside(ends: 1 | 2, { n, m, alpha }: Setting): number {
  const b = n + 1 - ends;
  if (b <= 0) return m;
  const logBeta = (p: number, q: number): number => logGamma(p) + logGamma(q) - logGamma(p + q);
  let beyond = 1;
  for (let k = 0; k < m; k++) {
    beyond -= Math.exp(logBinomial(m, k) + logBeta(k + ends, m - k + b) - logBeta(ends, b));
    if (beyond <= alpha) return k;
  }
  return m;
}

/**
 * Widest distance between the distribution functions of both samples, exceeded with probability at most alpha: the two-sample
 * inequality of Dvoretzky, Kiefer and Wolfowitz with the constant e, which holds for all n and m (Wei and Dudley,
 * Stat. Probab. Lett. 82, 2012), and a rank in each sample for quantiles that are values.
 */
export function distributionGap({ n, m, alpha }: Setting): number {
  return Math.sqrt(((1 - Math.log(alpha)) * (n + m)) / (2 * n * m)) + 1 / n + 1 / m;
}

/** The share `mostly` that allows k exceptions in m values, cut to digits that read well, never up. */
export function mostlyOf(k: number, m: number): number {
  return Math.floor((1 - k / m) * 10_000) / 10_000;
}
