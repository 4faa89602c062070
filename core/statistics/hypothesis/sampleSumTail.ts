import { normal } from "../distributions/normal.ts";
import { sumOf } from "../sums.ts";
import type { NumericSample } from "../types.ts";

const MOST_STEPS = 50;
const CLOSE = 1e-9;

/** Sums over the population at one tilt: the cumulant function, its two first and three second derivatives. */
interface Tilted {
  readonly cumulant: number;
  readonly sum: number;
  readonly drawn: number;
  readonly sumSum: number;
  readonly sumDrawn: number;
  readonly drawnDrawn: number;
}

function tiltedBy(
  values: NumericSample,
  counts: NumericSample,
  share: number,
  tilt: number,
  shift: number,
): Tilted {
  let [cumulant, sum, drawn, sumSum, sumDrawn, drawnDrawn] = [0, 0, 0, 0, 0, 0];
  for (let k = 0; k < values.length; k++) {
    const [value, count] = [values[k] as number, counts[k] as number];
    const exponent = tilt * value + shift;
    // Written from the larger side, so that no exponential overflows.
    const weight = share * Math.exp(Math.min(0, exponent));
    const rest = (1 - share) * Math.exp(Math.min(0, -exponent));
    const chance = weight / (weight + rest);
    const spread = count * chance * (1 - chance);
    cumulant += count * (Math.log(weight + rest) + Math.max(0, exponent));
    sum += count * chance * value;
    drawn += count * chance;
    sumSum += spread * value * value;
    sumDrawn += spread * value;
    drawnDrawn += spread;
  }
  return { cumulant, sum, drawn, sumSum, sumDrawn, drawnDrawn };
}

/**
 * Chance that a sample of `size` drawn without replacement from a population (values with their counts) sums to at
 * least `sum`, by Skovgaard's double saddlepoint approximation for Bernoulli sampling given its size (Robinson 1982; Booth and Butler 1990):
 * within a few percent far out in the tail, where the normal law is off by factors for skewed or tied values. For `sum`
 * above the mean; on a lattice half its step has to be taken off. NaN where the sum cannot be reached.
 */
export function sampleSumTail(
  values: NumericSample,
  counts: NumericSample,
  size: number,
  sum: number,
): number {
  const total = sumOf(counts);
  const share = size / total;
  const gapAt = (t: Tilted, tilt: number, shift: number): number => t.cumulant - tilt * sum - shift * size;
  let [tilt, shift] = [0, 0];
  let at = tiltedBy(values, counts, share, 0, 0);
  for (let step = 0; step < MOST_STEPS; step++) {
    const determinant = at.sumSum * at.drawnDrawn - at.sumDrawn ** 2;
    const [offSum, offDrawn] = [sum - at.sum, size - at.drawn];
    const moveTilt = (offSum * at.drawnDrawn - offDrawn * at.sumDrawn) / determinant;
    const moveShift = (offDrawn * at.sumSum - offSum * at.sumDrawn) / determinant;
    if (!Number.isFinite(moveTilt) || !Number.isFinite(moveShift)) return Number.NaN;
    // A convex function: a Newton step that leads uphill was too long.
    let length = 1;
    let next = at;
    for (; length > 1e-6; length /= 2) {
      next = tiltedBy(values, counts, share, tilt + length * moveTilt, shift + length * moveShift);
      if (gapAt(next, tilt + length * moveTilt, shift + length * moveShift) <= gapAt(at, tilt, shift) + CLOSE)
        break;
    }
    tilt += length * moveTilt;
    shift += length * moveShift;
    at = next;
    if (Math.abs(offSum * moveTilt + offDrawn * moveShift) < CLOSE)
      return skovgaard(-gapAt(at, tilt, shift), tilt, at, size * (1 - share));
  }
  return Number.NaN;
}

/** Tail from the saddlepoint: `exponent` is its height, `variance` that of the untilted size. */
function skovgaard(exponent: number, tilt: number, at: Tilted, variance: number): number {
  if (!(exponent > 0 && tilt > 0)) return Number.NaN;
  const w = Math.sqrt(2 * exponent);
  const v = tilt * Math.sqrt((at.sumSum * at.drawnDrawn - at.sumDrawn ** 2) / variance);
  return Math.min(1, Math.max(0, normal.sf(w) + normal.density(w) * (1 / v - 1 / w)));
}
