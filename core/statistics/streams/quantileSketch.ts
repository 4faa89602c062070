import { DistributionSketch } from "./distributionSketch.ts";
import { fitGrid, type GridState, type OlderGridState, packGrid, unpackGrid } from "./gridState.ts";
import { packDoubles, packWholes, unpackDoubles, unpackWholes } from "./packing.ts";

/** Characters of what is packed in a state, which leave those around it their place in 2 KB. */
const ROOM = 1600;

export interface SketchState {
  readonly count: number;
  readonly min: number | null;
  readonly max: number | null;
  /** While few distinct values were seen: the values (numbers, or packed doubles) and their counts. */
  readonly values?: readonly number[] | string;
  readonly counts?: string;
  readonly even?: GridState | OlderGridState;
  readonly floating?: GridState | OlderGridState;
}

type ExactState = Required<Pick<SketchState, "values" | "counts">>;

/** A distribution that can be read, merged and stored, in at most 2 KB of JSON, or less if asked. */
export class QuantileSketch extends DistributionSketch {
  /** True while every distinct value is known. */
  get isExact(): boolean {
    return this.exact !== undefined;
  }

  merge(other: QuantileSketch): void {
    if (other.count === 0) return;
    if (other.exact !== undefined) {
      for (const [value, count] of other.exact) this.add(value, count);
      return;
    }
    this.count += other.count;
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
    if (this.exact === undefined) this.cover();
    else this.leaveExact();
    this.even.merge(other.even);
    this.floating.merge(other.floating);
    this.cover();
  }

  /** Share of values up to x, linear inside a cell. NaN when empty. */
  cdf(x: number): number {
    if (this.count === 0) return Number.NaN;
    let below = 0;
    for (const cell of this.cells()) {
      if (cell.low > x) break;
      const part = cell.high <= x ? 1 : (x - cell.low) / (cell.high - cell.low);
      below += cell.count * part;
    }
    return below / this.count;
  }

  /** Smallest value that the share q of values does not exceed, linear inside a cell. NaN when empty. */
  quantile(q: number): number {
    if (this.count === 0) return Number.NaN;
    let rest = q * this.count;
    for (const cell of this.cells()) {
      if (rest <= cell.count) return cell.low + (cell.high - cell.low) * Math.max(0, rest / cell.count);
      rest -= cell.count;
    }
    return this.max;
  }

  /**
   * Coarsens to what fits into `room` characters of packed text, then gives the state. Without a room that is 2 KB of
   * JSON, in which all up to 128 values and 160 buckets nearly always fit.
   */
  toState(room = ROOM): SketchState {
    const isEmpty = this.count === 0;
    const head = { count: this.count, min: isEmpty ? null : this.min, max: isEmpty ? null : this.max };
    if (this.exact !== undefined) {
      const exact = this.#exactState(this.exact);
      if (QuantileSketch.textLength(exact) <= room) return { ...head, ...exact };
      this.leaveExact();
    }
    for (const grid of [this.even, this.floating]) fitGrid(grid, room / 2);
    return { ...head, even: packGrid(this.even), floating: packGrid(this.floating) };
  }

  /** Characters of values and counts in the state of a sketch that knows every value; 0 for others. */
  static textLength({ values = [], counts = "" }: Partial<ExactState>): number {
    return (typeof values === "string" ? values : JSON.stringify(values)).length + counts.length;
  }

  #exactState(exact: ReadonlyMap<number, number>): ExactState {
    const entries = [...exact].sort((a, b) => a[0] - b[0]);
    const values = entries.map(([value]) => value);
    const packed = packDoubles(values);
    return {
      values: JSON.stringify(values).length <= packed.length ? values : packed,
      counts: packWholes(entries.map(([, count]) => count)),
    };
  }

  static fromState(state: SketchState): QuantileSketch {
    const sketch = new QuantileSketch();
    sketch.count = state.count;
    sketch.min = state.min ?? Infinity;
    sketch.max = state.max ?? -Infinity;
    if (state.even !== undefined && state.floating !== undefined) {
      sketch.exact = undefined;
      sketch.even = unpackGrid("even", state.even);
      sketch.floating = unpackGrid("floating", state.floating);
      return sketch;
    }
    const values = typeof state.values === "string" ? unpackDoubles(state.values) : (state.values ?? []);
    const counts = unpackWholes(state.counts ?? "");
    sketch.exact = new Map(values.map((value, i) => [value, counts[i] as number]));
    return sketch;
  }
}
