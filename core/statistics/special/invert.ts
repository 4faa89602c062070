export interface Tails {
  readonly cdf: (x: number) => number;
  readonly sf: (x: number) => number;
}

/**
 * Smallest x (to double precision) whose lower tail is p, for a continuous law on [low, high]; ends may be infinite.
 * Works on the logarithm of the smaller tail, so that quantiles of 1e-300 are as good as the median.
 */
export function invertTails(
  p: number,
  tails: Tails,
  low: number,
  high: number,
  start: number,
  upperTail = false,
): number {
  const useUpper = upperTail ? p <= 0.5 : p > 0.5;
  const tailTarget = useUpper === upperTail ? p : 1 - p;
  const logTarget = Math.log(tailTarget);
  // Rises in x whichever tail is used.
  const gap = (x: number): number =>
    useUpper ? logTarget - Math.log(tails.sf(x)) : Math.log(tails.cdf(x)) - logTarget;
  let [left, right] = bracket(gap, low, high, start);
  let gapLeft = gap(left);
  let gapRight = gap(right);
  for (let i = 0; i < 300; i++) {
    if (gapLeft === 0) return left;
    if (gapRight === 0) return right;
    const width = right - left;
    if (width <= Math.abs(left) * 2e-16 + Number.MIN_VALUE) break;
    const middle = nextPoint(left, right, gapLeft, gapRight, i);
    if (middle <= left || middle >= right) break;
    const value = gap(middle);
    if (value < 0) {
      left = middle;
      gapLeft = value;
    } else {
      right = middle;
      gapRight = value;
    }
  }
  return Math.abs(gapLeft) < Math.abs(gapRight) ? left : right;
}

/** Secant steps pushed a little past the estimate, so that both ends close in; every third step bisects. */
function nextPoint(left: number, right: number, gapLeft: number, gapRight: number, turn: number): number {
  const half = left + (right - left) / 2;
  if (turn % 3 === 2 || !Number.isFinite(gapLeft) || !Number.isFinite(gapRight)) return half;
  const estimate = left - (gapLeft * (right - left)) / (gapRight - gapLeft);
  const push = Math.max(Math.abs(estimate) * 4e-16, (right - left) * 1e-9);
  const pushed = estimate < half ? estimate + push : estimate - push;
  return pushed > left && pushed < right ? pushed : half;
}

function bracket(gap: (x: number) => number, low: number, high: number, start: number): [number, number] {
  let left = start;
  let right = start;
  let step = Math.max(Math.abs(start) * 0.1, 1e-3);
  const below = gap(start) >= 0;
  for (let i = 0; i < 2100; i++) {
    if (below) {
      right = left;
      left = low > -Infinity && left - step <= low ? low + (left - low) / 4 : left - step;
      if (gap(left) < 0 || left <= low) return [Math.max(left, low), right];
    } else {
      left = right;
      right = high < Infinity && right + step >= high ? high - (high - right) / 4 : right + step;
      if (gap(right) >= 0 || right >= high) return [left, Math.min(right, high)];
    }
    step *= 2;
  }
  return [left, right];
}
