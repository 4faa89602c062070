import { onColumn } from "./columnEvaluator.ts";
import { textKwarg } from "./kwargs.ts";
import { unlike } from "./messages.ts";
import { compareValues, isNumeric, pythonText, valueKey } from "./pythonValues.ts";
import {
  type EvaluatorFactory,
  type EvaluatorResult,
  ExpectationError,
  isMissing,
  type Kwargs,
  type Reporting,
} from "./types.ts";

/** Collects what an aggregate needs from the non-missing values of a column. */
export interface Collector {
  add(value: unknown): void;
  /** A quicker way for doubles, NaN where one is missing. */
  addNumbers?(cells: Float64Array): void;
  finish(): EvaluatorResult;
}

/** An expectation on the non-missing values of a column. */
export function aggregate(prepare: (kwargs: Kwargs, reporting: Reporting) => Collector): EvaluatorFactory {
  return (kwargs, reporting) => {
    const column = textKwarg(kwargs, "column");
    const collector = prepare(kwargs, reporting);
    const add = (value: unknown): void => {
      if (!isMissing(value)) collector.add(value);
    };
    return onColumn(column, add, () => collector.finish(), collector.addNumbers?.bind(collector));
  };
}

/** A number or truth value as a number; anything else cannot be added up. */
export function asNumber(value: unknown): number {
  if (typeof value === "number") return value;
  if (isNumeric(value)) return Number(value);
  throw new ExpectationError(unlike("numbers", value));
}

export const total = (list: readonly number[] | Float64Array): number =>
  (list as readonly number[]).reduce((sum, x) => sum + x, 0);

/** Sums keep a second word of what rounding lost (Neumaier), so long columns stay exact to the last digit or two. */
export class Sum {
  #sum = 0;
  #lost = 0;
  add(x: number): void {
    const next = this.#sum + x;
    this.#lost += Math.abs(this.#sum) >= Math.abs(x) ? this.#sum - next + x : x - next + this.#sum;
    this.#sum = next;
  }
  /** Adds all but NaN; gives how many they were. */
  addAll(cells: Float64Array): number {
    let count = 0;
    for (let i = 0; i < cells.length; i++) {
      const x = cells[i] as number;
      if (Number.isNaN(x)) continue;
      count++;
      this.add(x);
    }
    return count;
  }
  get value(): number {
    return Number.isFinite(this.#lost) ? this.#sum + this.#lost : this.#sum;
  }
}

/** Growing column of doubles. */
export class Numbers {
  count = 0;
  #buffer = new Float64Array(1024);
  add(x: number): void {
    if (this.count === this.#buffer.length) {
      const grown = new Float64Array(2 * this.count);
      grown.set(this.#buffer);
      this.#buffer = grown;
    }
    this.#buffer[this.count++] = x;
  }
  /** In the order they came; valid until the next one is added. */
  all(): Float64Array {
    return this.#buffer.subarray(0, this.count);
  }
  /** In rising order, in place: nothing else is to be asked then. */
  sorted(): Float64Array {
    return this.all().sort();
  }
}

/** pandas "nearest": the position (n - 1) q, rounded half to even. */
export function nearest(sorted: Float64Array, q: number): number {
  return sorted[nearestPosition(sorted.length, q)] as number;
}

/** Place from 0 in order of the value that is the quantile of `count` values. */
export function nearestPosition(count: number, q: number): number {
  const position = (count - 1) * q;
  const floor = Math.floor(position);
  const isHalf = position - floor === 0.5;
  return isHalf ? floor + (floor % 2) : Math.round(position);
}

/** Keys that JavaScript's sets and maps hold at most. */
const MOST_KEYS = 2 ** 24;

/** How many distinct values there are: 8 bytes a number, each text once. */
export class DistinctCount {
  total = 0;
  readonly #numbers = new Numbers();
  readonly #others: Set<unknown>[] = [new Set()];

  add(value: unknown): void {
    this.total++;
    const key = valueKey(value);
    if (typeof key === "number") this.#numbers.add(key);
    else if (!this.#others.some((set) => set.has(key))) {
      const last = this.#others.at(-1) as Set<unknown>;
      if (last.size < MOST_KEYS / 2) last.add(key);
      else this.#others.push(new Set([key]));
    }
  }

  /** To be asked once, at the end. */
  distinct(): number {
    const sorted = this.#numbers.sorted();
    let count = this.#others.reduce((sum, { size }) => sum + size, 0);
    for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) count++;
    return count;
  }
}

/** Whether all values compare with each other. */
export function areOfOneType(values: readonly unknown[]): boolean {
  const typeOf = (value: unknown): string => (typeof value === "bigint" ? "number" : typeof value);
  return values.every((value) => typeOf(value) === typeOf(values[0]));
}

/** Distinct values with counts. Throws ExpectationError past 16 million. */
export class Distinct {
  total = 0;
  readonly entries = new Map<string | number | bigint, { value: unknown; count: number }>();
  add(value: unknown, count = 1): void {
    this.total += count;
    const key = valueKey(value);
    const entry = this.entries.get(key);
    if (entry !== undefined) entry.count += count;
    else if (this.entries.size < MOST_KEYS - 1) this.entries.set(key, { value, count });
    else
      throw new ExpectationError(
        `expected less than ${MOST_KEYS} distinct values, got more; count them instead`,
      );
  }
  sortedValues(): unknown[] {
    const values = [...this.entries.values()].map((e) => e.value);
    const isUniform = areOfOneType(values);
    return values.sort(isUniform ? compareValues : (a, b) => compareValues(pythonText(a), pythonText(b)));
  }
  counts(): { value: unknown; count: number }[] {
    return this.sortedValues().map((value) => ({
      value,
      count: this.entries.get(valueKey(value))?.count ?? 0,
    }));
  }
}
