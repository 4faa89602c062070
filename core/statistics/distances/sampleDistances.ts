import type { NumericSample } from "../types.ts";
import { sortedCopy } from "../types.ts";

/** Integral over x of f(|F - G|), F and G the empirical distribution functions of two sorted samples. */
function integrateGap(x: Float64Array, y: Float64Array, f: (gap: number) => number): number {
  let i = 0;
  let j = 0;
  let total = 0;
  let previous = Math.min(x[0] as number, y[0] as number);
  while (i < x.length || j < y.length) {
    const value = Math.min(
      i < x.length ? (x[i] as number) : Infinity,
      j < y.length ? (y[j] as number) : Infinity,
    );
    if (value > previous) total += f(Math.abs(i / x.length - j / y.length)) * (value - previous);
    while (i < x.length && x[i] === value) i++;
    while (j < y.length && y[j] === value) j++;
    previous = value;
  }
  return total;
}

/** First Wasserstein (earth mover's) distance, in the unit of the values. */
export function wassersteinDistance(x: NumericSample, y: NumericSample): number {
  return integrateGap(
    sortedCopy("wassersteinDistance.x", x),
    sortedCopy("wassersteinDistance.y", y),
    (gap) => gap,
  );
}

/** Energy distance in SciPy's square-root form. */
export function energyDistance(x: NumericSample, y: NumericSample): number {
  const square = integrateGap(
    sortedCopy("energyDistance.x", x),
    sortedCopy("energyDistance.y", y),
    (g) => g * g,
  );
  return Math.sqrt(2 * square);
}
