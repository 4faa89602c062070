/** Walks down the rows of one score, for all resamples at once: what ranks add to a metric, in memory that does not grow with the rows. */
import { addProducts, addScaled } from "../../statistics/resampling/resampleSums.ts";
import type { RowWeights } from "../../statistics/resampling/rowWeights.ts";
import type { WalkPlan } from "../metrics/plan.ts";

/** Rows in falling order of one score; arrays last until the next part is asked for. */
export interface RankedRows {
  readonly scores: Float64Array;
  /** Numbers of the rows, and their classes. */
  readonly rows: Uint32Array;
  readonly labels: Uint32Array;
  readonly length: number;
}

interface Walk {
  /** A row whose score no other has. */
  addAlone(label: number, counts: Uint8Array): void;
  addTied(label: number, counts: Uint8Array): void;
  /** The last of rows that are tied was added. */
  endTie(): void;
  result(): readonly Float64Array[];
}

/** Pairs of a positive row and one of another class below it, ties half; by the other's class, or all in one sum. */
class AreaWalk implements Walk {
  readonly #plan: WalkPlan;
  readonly #width: number;
  readonly #above: Float64Array;
  readonly #tied: Float64Array;
  readonly #areas: Float64Array[] = [];
  readonly #tiedBelow: Float64Array[] = [];

  constructor(plan: WalkPlan, width: number) {
    this.#plan = plan;
    this.#width = width;
    this.#above = new Float64Array(width);
    this.#tied = new Float64Array(width);
  }

  #of(sums: Float64Array[], label: number): Float64Array {
    const at = this.#plan.kind === "areaOverEach" ? label : 0;
    sums[at] ??= new Float64Array(this.#width);
    return sums[at];
  }

  addAlone(label: number, counts: Uint8Array): void {
    if (label === this.#plan.positive) addScaled(this.#above, counts, 1);
    else addProducts(this.#of(this.#areas, label), counts, this.#above);
  }

  addTied(label: number, counts: Uint8Array): void {
    addScaled(label === this.#plan.positive ? this.#tied : this.#of(this.#tiedBelow, label), counts, 1);
  }

  endTie(): void {
    const [above, tied] = [this.#above, this.#tied];
    for (let r = 0; r < tied.length; r++) tied[r] = (above[r] as number) + (tied[r] as number) / 2;
    this.#tiedBelow.forEach((counts, label) => {
      const areas = this.#of(this.#areas, label);
      for (let r = 0; r < tied.length; r++)
        areas[r] = (areas[r] as number) + (counts[r] as number) * (tied[r] as number);
      counts.fill(0);
    });
    for (let r = 0; r < tied.length; r++) above[r] = 2 * (tied[r] as number) - (above[r] as number);
    tied.fill(0);
  }

  result(): readonly Float64Array[] {
    return Array.from(this.#areas, (area) => area ?? new Float64Array(this.#width));
  }
}

/** Average precision: the step-wise area under the precision-recall curve, NaN without a positive row. */
class PrecisionWalk implements Walk {
  readonly #positive: number;
  readonly #above: Float64Array;
  readonly #found: Float64Array;
  readonly #area: Float64Array;
  readonly #tied: Float64Array;

  constructor({ positive }: WalkPlan, width: number) {
    this.#positive = positive;
    [this.#above, this.#found, this.#area, this.#tied] = Array.from(
      { length: 4 },
      () => new Float64Array(width),
    ) as [Float64Array, Float64Array, Float64Array, Float64Array];
  }

  addAlone(label: number, counts: Uint8Array): void {
    addScaled(this.#above, counts, 1);
    if (label === this.#positive) this.#addFound(counts);
  }

  addTied(label: number, counts: Uint8Array): void {
    addScaled(this.#above, counts, 1);
    if (label === this.#positive) addScaled(this.#tied, counts, 1);
  }

  endTie(): void {
    this.#addFound(this.#tied);
    this.#tied.fill(0);
  }

  #addFound(counts: ArrayLike<number>): void {
    const [above, found, area] = [this.#above, this.#found, this.#area];
    for (let r = 0; r < above.length; r++) {
      const count = counts[r] as number;
      found[r] = (found[r] as number) + count;
      if (count > 0) area[r] = (area[r] as number) + count * ((found[r] as number) / (above[r] as number));
    }
  }

  result(): readonly Float64Array[] {
    return [this.#area.map((area, r) => area / (this.#found[r] as number))];
  }
}

/** Walks down all rows once: sums of the rows themselves at 0, then of each resample. */
export function walkDown(
  plan: WalkPlan,
  ranked: Iterable<RankedRows>,
  weights: RowWeights,
): readonly Float64Array[] {
  const walk =
    plan.kind === "precision" ? new PrecisionWalk(plan, weights.width) : new AreaWalk(plan, weights.width);
  let [score, row, label, isTied] = [Number.NaN, -1, 0, false];
  // Whether a row is tied is known with the next one only.
  const add = (isTiedWithNext: boolean): void => {
    if (row < 0) return;
    const counts = weights.of(row);
    if (isTied || isTiedWithNext) walk.addTied(label, counts);
    else walk.addAlone(label, counts);
    if (isTied && !isTiedWithNext) walk.endTie();
    isTied = isTiedWithNext;
  };
  for (const { scores, rows, labels, length } of ranked)
    for (let i = 0; i < length; i++) {
      const next = scores[i] as number;
      add(next === score);
      [score, row, label] = [next, rows[i] as number, labels[i] as number];
    }
  add(false);
  return walk.result();
}
