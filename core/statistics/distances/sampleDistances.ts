import { type SortedParts, walkSorted } from "../streams/sortedWalk.ts";
import type { NumericSample } from "../types.ts";
import { sortedCopy } from "../types.ts";

/** A sample in rising order, and how many values it has. */
export interface SortedSample {
  readonly length: number;
  readonly parts: SortedParts;
}

/** Integral over x of f(|F - G|), F and G the empirical distribution functions of two sorted samples. */
function integrateGap(x: SortedSample, y: SortedSample, f: (gap: number) => number): number {
  let total = 0;
  let previous = Number.NaN;
  walkSorted(x.parts, y.parts, (value, [i, j]) => {
    if (value > previous) total += f(Math.abs(i / x.length - j / y.length)) * (value - previous);
    previous = value;
  });
  return total;
}

function sorted(where: string, values: NumericSample): SortedSample {
  const copy = sortedCopy(where, values);
  return { length: copy.length, parts: [copy] };
}

/** First Wasserstein (earth mover's) distance, in the unit of the values. */
export function wassersteinDistance(x: NumericSample, y: NumericSample): number {
  return wassersteinOfSorted(sorted("wassersteinDistance.x", x), sorted("wassersteinDistance.y", y));
}

/** The same for samples that are sorted already, which need not be in memory. */
export function wassersteinOfSorted(x: SortedSample, y: SortedSample): number {
  return integrateGap(x, y, (gap) => gap);
}

/** Energy distance in SciPy's square-root form. */
export function energyDistance(x: NumericSample, y: NumericSample): number {
  const square = integrateGap(sorted("energyDistance.x", x), sorted("energyDistance.y", y), (g) => g * g);
  return Math.sqrt(2 * square);
}
