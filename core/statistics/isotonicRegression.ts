import { risingOrder } from "./risingOrder.ts";
import { StatisticsError } from "./types.ts";

export interface IsotonicFit {
  /** Rising knots; the fit is linear between them and constant outside, as in scikit-learn's `IsotonicRegression`. */
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** Least-squares non-decreasing fit by pooling adjacent violators; equal x are averaged first. Throws `StatisticsError` on what is no finite number. */
export function isotonicRegression(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  weights?: ArrayLike<number>,
): IsotonicFit {
  if (x.length !== y.length || x.length === 0) {
    throw new StatisticsError("isotonicRegression", "x and y of one length, not empty", [x.length, y.length]);
  }
  for (const [name, values] of Object.entries({ x, y })) {
    const bad = Array.from(values).findIndex((value) => !Number.isFinite(value));
    if (bad >= 0)
      throw new StatisticsError(`isotonicRegression.${name}[${bad}]`, "a finite number", String(values[bad]));
  }
  const blocks: { first: number; last: number; mean: number; weight: number }[] = [];
  for (const i of risingOrder(x)) {
    const at = x[i] as number;
    const weight = weights?.[i] ?? 1;
    const top = blocks.at(-1);
    if (top !== undefined && top.last === at && top.first === at) {
      top.mean += (((y[i] as number) - top.mean) * weight) / (top.weight + weight);
      top.weight += weight;
    } else blocks.push({ first: at, last: at, mean: y[i] as number, weight });
  }
  const pooled: typeof blocks = [];
  for (const block of blocks) {
    let current = block;
    for (let top = pooled.at(-1); top !== undefined && top.mean >= current.mean; top = pooled.at(-1)) {
      pooled.pop();
      const weight = top.weight + current.weight;
      const mean = (top.mean * top.weight + current.mean * current.weight) / weight;
      current = { first: top.first, last: current.last, mean, weight };
    }
    pooled.push(current);
  }
  const knots = pooled.flatMap((b) =>
    b.first === b.last
      ? [[b.first, b.mean]]
      : [
          [b.first, b.mean],
          [b.last, b.mean],
        ],
  );
  return { x: knots.map((k) => k[0] as number), y: knots.map((k) => k[1] as number) };
}

/** Value of the fit at a point. */
export function isotonicPredict(fit: IsotonicFit, at: number): number {
  const { x, y } = fit;
  const last = x.length - 1;
  if (at <= (x[0] as number)) return y[0] as number;
  if (at >= (x[last] as number)) return y[last] as number;
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((x[middle] as number) <= at) low = middle;
    else high = middle;
  }
  const [x0, x1, y0, y1] = [x[low], x[high], y[low], y[high]] as [number, number, number, number];
  return y0 + ((y1 - y0) * (at - x0)) / (x1 - x0);
}
