import { type BootstrapResult, summariseResamples } from "../../statistics/index.ts";
import { addScaled } from "../../statistics/resampling/resampleSums.ts";
import type { RowWeights } from "../../statistics/resampling/rowWeights.ts";
import type { MetricPlan, PlanSums } from "../metrics/plan.ts";

/** Sums of one kind in all resamples, by their number. */
class SumTable {
  readonly #sums: Float64Array[] = [];

  add(cell: number, value: number, counts: Uint8Array): void {
    this.#sums[cell] ??= new Float64Array(counts.length);
    const sums = this.#sums[cell];
    if (value !== 0) addScaled(sums, counts, value);
  }

  at(cell: number, resample: number): number {
    return this.#sums[cell]?.[resample] ?? 0;
  }
}

/** What the walks of one model found, in the order of its plan. */
export type WalkResults = readonly (readonly Float64Array[])[];

export interface PairedOutcome extends BootstrapResult {
  readonly champion: number;
  readonly challenger: number;
}

/**
 * A metric of two models on the same rows in many resamples at once, in memory that does not grow with the rows: they are added one by one,
 * each with what both models say of it. Metrics of ranks need walks down the sorted scores beside (`walkDown` with the same weights).
 */
export class PairedSums {
  readonly #plans: readonly [MetricPlan, MetricPlan];
  readonly #weights: RowWeights;
  readonly #own = [new SumTable(), new SumTable()] as const;
  readonly #shared: readonly [SumTable, SumTable];
  #rows = 0;

  /** `haveSameClasses`: both models number the classes alike. */
  constructor(plans: readonly [MetricPlan, MetricPlan], weights: RowWeights, haveSameClasses: boolean) {
    this.#plans = plans;
    this.#weights = weights;
    const table = new SumTable();
    const isShared = haveSameClasses && plans.every((plan) => plan.share !== undefined);
    this.#shared = [table, isShared ? table : new SumTable()];
  }

  get rows(): number {
    return this.#rows;
  }

  /** `labels`: the row's label as each model numbers it. */
  add(labels: readonly [number, number], predictions: readonly [ArrayLike<number>, ArrayLike<number>]): void {
    const counts = this.#weights.of(this.#rows++);
    for (const model of [0, 1] as const) {
      const plan = this.#plans[model];
      const [own, shared] = [this.#own[model], this.#shared[model]];
      if (model === 0 || shared !== this.#shared[0])
        plan.share?.(labels[model], (cell, value) => shared.add(cell, value, counts));
      plan.add?.(labels[model], predictions[model], (cell, value) => own.add(cell, value, counts));
    }
  }

  /** The metrics, and the bootstrap of challenger minus champion once both were turned by `orient` so that more is better. */
  finish(
    walks: readonly [WalkResults, WalkResults],
    classes: number,
    orient: (value: number) => number,
    confidence: number,
  ): PairedOutcome {
    const metricOf = (model: 0 | 1, r: number): number => {
      const sums: PlanSums = {
        own: (cell) => this.#own[model].at(cell, r),
        shared: (cell) => this.#shared[model].at(cell, r),
        walk: (place, group) => walks[model][place]?.[group]?.[r] ?? 0,
      };
      return this.#plans[model].value(sums, classes);
    };
    const difference = (r: number): number => orient(metricOf(1, r)) - orient(metricOf(0, r));
    const resampled = Array.from({ length: this.#weights.repetitions }, (_, r) => difference(r + 1));
    return {
      champion: metricOf(0, 0),
      challenger: metricOf(1, 0),
      estimate: difference(0),
      ...summariseResamples(resampled, confidence),
    };
  }
}
