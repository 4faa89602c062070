import { DyadicGrid } from "./dyadicGrid.ts";

/** Up to this many distinct values are kept exactly. */
const EXACT_DISTINCT = 128;

/** A cell of the sketch: values from `low` to `high`; equal ends mean one value. */
export interface SketchCell {
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/**
 * Distribution of a stream of finite numbers. Exact up to 128 distinct values; past that, two
 * histograms on data-independent grids, of which the finer for the data at hand is read. Same values in any order, in
 * any number of merged parts, give the same state.
 */
export class DistributionSketch {
  count = 0;
  min = Infinity;
  max = -Infinity;
  protected exact: Map<number, number> | undefined = new Map();
  protected even = new DyadicGrid("even");
  protected floating = new DyadicGrid("floating");

  /** Counts a finite value. Non-finite values are refused: count them where they mean something. */
  add(value: number, count = 1): void {
    if (!Number.isFinite(value))
      throw new RangeError(`DistributionSketch.add: expected a finite number, got ${value}`);
    const x = value === 0 ? 0 : value;
    this.count += count;
    if (x < this.min || x > this.max) {
      if (x < this.min) this.min = x;
      if (x > this.max) this.max = x;
      if (this.exact === undefined) this.cover();
    }
    if (this.exact === undefined) {
      this.even.add(x, count);
      this.floating.add(x, count);
      return;
    }
    this.exact.set(x, (this.exact.get(x) ?? 0) + count);
    if (this.exact.size > EXACT_DISTINCT) this.leaveExact();
  }

  protected cover(): void {
    this.even.cover(this.min, this.max);
    this.floating.cover(this.min, this.max);
  }

  protected leaveExact(): void {
    const exact = this.exact ?? new Map<number, number>();
    this.exact = undefined;
    this.cover();
    for (const [value, count] of exact) {
      this.even.add(value, count);
      this.floating.add(value, count);
    }
  }

  /** The histogram with the smaller expected cell, in rising order. Ends are clipped to min and max. */
  cells(): SketchCell[] {
    if (this.exact !== undefined) {
      return [...this.exact].sort((a, b) => a[0] - b[0]).map(([v, count]) => ({ low: v, high: v, count }));
    }
    const grid = this.grid();
    if (grid === undefined) return [];
    return grid.entries().map(([key, count]) => {
      const [low, high] = grid.edgesOf(key);
      return { low: Math.max(low, this.min), high: Math.min(high, this.max), count };
    });
  }

  /** The grid that `cells` reads, or nothing while exact. */
  grid(): DyadicGrid | undefined {
    if (this.exact !== undefined) return undefined;
    const coarseness = (g: DyadicGrid): number =>
      g.entries().reduce((sum, [, c]) => sum + (c / this.count) ** 2, 0);
    return coarseness(this.even) <= coarseness(this.floating) ? this.even : this.floating;
  }
}
