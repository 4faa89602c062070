import { RowWeights } from "../../statistics/resampling/rowWeights.ts";
import {
  type CompareOptions,
  comparisonOf,
  type ModelComparison,
  marginProblems,
  orientationOf,
} from "../conclusion.ts";
import { taskOf } from "../metricNames.ts";
import { metricPlan } from "../metrics/metricPlan.ts";
import type { MetricPlan, WalkPlan } from "../metrics/plan.ts";
import { type ComparedTask, type MetricName, refuse } from "../types.ts";
import { PairedSums, type WalkResults } from "./pairedSums.ts";

/** Rows up to which both models are held and resampled by draws, and numbers that are held at most. */
const HELD_ROWS = 2 ** 16;
const HELD_NUMBERS = 2 ** 22;

/** Are so many rows, each with so many numbers of both models, few enough to be held at once? */
export function areHeld(rows: number, columns: number): boolean {
  return rows <= HELD_ROWS && rows * columns <= HELD_NUMBERS;
}

/** What both models predict, one row like the other. */
export interface PairedTask {
  /** Do they predict numbers (scores of class 1, or values)? Else classes. */
  readonly areNumbers: boolean;
  /** Numbers in a row of champion and challenger: one (a score, a value, the number of the decided class), or a probability a class. */
  readonly columns: readonly [number, number];
  /** Do both number the classes alike? */
  readonly haveSameClasses: boolean;
  /** A label in the middle of others: a mean of some will do. */
  readonly centre: number;
}

export type PairedOptions = Omit<CompareOptions, "minimumRows">;

/**
 * `compareModels` over rows that come one by one, in memory that does not grow with them: resamples are the Poisson bootstrap's (`RowWeights`), all
 * worked out at once, and metrics of ranks ask for walks down each model's sorted scores.
 */
export class PairedComparison {
  readonly #metric: MetricName;
  readonly #options: PairedOptions;
  readonly #sums: PairedSums;
  readonly #plans: readonly [MetricPlan, MetricPlan];
  readonly weights: RowWeights;

  /** Throws `EvaluationInputError` on a metric of another task. */
  constructor(metric: MetricName, task: PairedTask, options: PairedOptions = {}) {
    const { threshold = 0.5, repetitions = 2000, seed = 1 } = options;
    const kind: ComparedTask = taskOf(metric, task.areNumbers);
    const planOf = (model: 0 | 1, cut: number): MetricPlan =>
      metricPlan(kind, metric, { threshold: cut, columns: task.columns[model], centre: task.centre });
    this.#metric = metric;
    this.#options = options;
    this.#plans = [planOf(0, threshold), planOf(1, options.challengerThreshold ?? threshold)];
    this.weights = new RowWeights(repetitions, seed);
    this.#sums = new PairedSums(this.#plans, this.weights, task.haveSameClasses);
  }

  /** Walks of champion and challenger whose results `finish` needs: `walkDown` with `weights`, rows numbered as they were added. */
  get walks(): readonly [readonly WalkPlan[], readonly WalkPlan[]] {
    return [this.#plans[0].walks, this.#plans[1].walks];
  }

  /** Adds a labelled row; the label as each model numbers it. */
  add(labels: readonly [number, number], predictions: readonly [ArrayLike<number>, ArrayLike<number>]): void {
    this.#sums.add(labels, predictions);
  }

  /** `classes`: how many there are among labels and decisions. */
  finish(walks: readonly [WalkResults, WalkResults], classes: number, margin: number): ModelComparison {
    const problems = marginProblems(margin);
    if (this.#sums.rows === 0) problems.push("rows: expected at least one, got none");
    refuse(problems);
    const { confidence = 0.95 } = this.#options;
    const found = this.#sums.finish(walks, classes, orientationOf(this.#metric), confidence);
    const { champion, challenger } = found;
    return comparisonOf({
      metric: this.#metric,
      margin,
      champion,
      challenger,
      rows: this.#sums.rows,
      repetitions: this.weights.repetitions,
      isShort: false,
      differ: () => ({ ...found, confidence }),
    });
  }
}
