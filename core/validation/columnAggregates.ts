import { aggregate, asNumber, Numbers, nearestPosition, Sum } from "./collectors.ts";
import { onColumn } from "./columnEvaluator.ts";
import { boundsTest, textKwarg } from "./kwargs.ts";
import { badKwarg, unlike } from "./messages.ts";
import { boundOf, Moment, momentOf, readTime } from "./moment.ts";
import { compareValues, kindOf } from "./pythonValues.ts";
import {
  type EvaluatorFactory,
  type EvaluatorResult,
  ExpectationError,
  isMissing,
  type Kwargs,
} from "./types.ts";

/** The observed value lies between the bounds; no value at all fails. Text is read as a time where a bound is one. */
export function observedBetween(kwargs: Kwargs): (observed: unknown) => EvaluatorResult {
  const isInside = boundsTest(kwargs, true);
  const times = [kwargs.min_value, kwargs.max_value].map(boundOf).filter((bound) => bound instanceof Moment);
  const timed = (text: string): Moment => {
    const moment = momentOf(
      text,
      times.every((bound) => bound.isDay),
    );
    if (moment !== undefined) return moment;
    throw new ExpectationError(unlike("a date or time to compare with the bounds", text));
  };
  return (given) => {
    const isText = typeof given === "string" && readTime(given) === undefined;
    const observed = isText && times.length > 0 ? timed(given) : given;
    return { success: observed !== null && isInside(observed), result: { observed_value: observed } };
  };
}

/** pandas puts a number in the place of a missing value, which text and days do not compare with. */
export function mixedWithMissing(): ExpectationError {
  return new ExpectationError(
    "expected text or days without missing values, to compare one with the other; ask for its rows by a row_condition",
  );
}

function extreme(sign: 1 | -1): EvaluatorFactory {
  return (kwargs) => {
    const column = textKwarg(kwargs, "column");
    const judge = observedBetween(kwargs);
    let best: unknown = null;
    let hasMissing = false;
    const add = (value: unknown): void => {
      if (isMissing(value)) hasMissing = true;
      else if (best === null || sign * compareValues(value, best) > 0) best = value;
    };
    const addNumbers = (cells: Float64Array): void => {
      let most = sign * -Infinity;
      let count = 0;
      for (let i = 0; i < cells.length; i++) {
        const x = cells[i] as number;
        if (Number.isNaN(x)) continue;
        count++;
        if (sign * x > sign * most) most = x;
      }
      if (count < cells.length) hasMissing = true;
      if (count > 0) add(most);
    };
    const finish = (): EvaluatorResult => {
      const isObject = kindOf(best) === "date" || (typeof best === "string" && readTime(best) === undefined);
      if (hasMissing && isObject) throw mixedWithMissing();
      return judge(best);
    };
    return onColumn(column, add, finish, addNumbers);
  };
}

export const mean = aggregate((kwargs) => {
  const judge = observedBetween(kwargs);
  const sum = new Sum();
  let count = 0;
  return {
    add(value) {
      sum.add(asNumber(value));
      count++;
    },
    addNumbers(cells) {
      count += sum.addAll(cells);
    },
    finish: () => judge(count === 0 ? null : sum.value / count),
  };
});

export const sum = aggregate((kwargs) => {
  const judge = observedBetween(kwargs);
  const total = new Sum();
  return {
    add: (value) => total.add(asNumber(value)),
    addNumbers: (cells) => void total.addAll(cells),
    finish: () => judge(total.value),
  };
});

export const stdev = aggregate((kwargs) => {
  const judge = observedBetween(kwargs);
  let [count, centre, squares] = [0, 0, 0];
  const add = (x: number): void => {
    const gap = x - centre;
    count++;
    centre += gap / count;
    squares += gap * (x - centre);
  };
  return {
    add: (value) => add(asNumber(value)),
    addNumbers(cells) {
      for (let i = 0; i < cells.length; i++) if (!Number.isNaN(cells[i])) add(cells[i] as number);
    },
    finish: () => judge(count < 2 ? null : Math.sqrt(squares / (count - 1))),
  };
});

export const median = aggregate((kwargs) => {
  const judge = observedBetween(kwargs);
  const numbers = new Numbers();
  return {
    add: (value) => numbers.add(asNumber(value)),
    finish() {
      const sorted = numbers.sorted();
      const half = sorted.length >> 1;
      if (sorted.length === 0) return judge(null);
      const upper = sorted[half] as number;
      return judge(sorted.length % 2 === 1 ? upper : ((sorted[half - 1] as number) + upper) / 2);
    },
  };
});

/** Which value a quantile between two places of the order is, but for the nearest (pandas' `interpolation`); `rest`: how far it lies between them. */
const RULES: Readonly<Record<string, (low: number, high: number, rest: number) => number>> = {
  lower: (low) => low,
  higher: (_low, high) => high,
  midpoint: (low, high) => (low + high) / 2,
  linear: (low, high, rest) => (rest < 0.5 ? low + (high - low) * rest : high - (high - low) * (1 - rest)),
};

interface QuantileRanges {
  readonly quantiles: readonly number[];
  readonly value_ranges: readonly (readonly [number | null, number | null])[];
  readonly rule: string;
}

/** kwargs.quantile_ranges, with as many ranges as quantiles, and the rule that Great Expectations calls `allow_relative_error`. */
export function quantileRanges(kwargs: Kwargs): QuantileRanges {
  const ranges = kwargs.quantile_ranges as Partial<QuantileRanges> | undefined;
  const { quantiles, value_ranges } = ranges ?? {};
  if (!Array.isArray(quantiles) || !Array.isArray(value_ranges) || quantiles.length !== value_ranges.length) {
    throw badKwarg("quantile_ranges", "quantiles and as many value_ranges", ranges);
  }
  const rule = kwargs.allow_relative_error || "nearest";
  if (typeof rule === "string" && (rule === "nearest" || Object.hasOwn(RULES, rule)))
    return { quantiles, value_ranges, rule };
  throw badKwarg("allow_relative_error", `false or one of nearest, ${Object.keys(RULES).join(", ")}`, rule);
}

/**
 * Each quantile of `count` values lies in its range; without any value it fails. `at` gives a value by its place in order from 0; truth values
 * (`areTruths`) stay some.
 */
export function quantilesInRanges(
  { quantiles, value_ranges, rule }: QuantileRanges,
  count: number,
  at: (place: number) => number,
  areTruths: boolean,
): EvaluatorResult {
  const numbers = quantiles.map((q) => (count === 0 ? null : quantileBy(rule, count, q, at)));
  const details = value_ranges.map(([low, high], i) => {
    const value = numbers[i] ?? null;
    return value !== null && (low === null || value >= low) && (high === null || value <= high);
  });
  const values = numbers.map((value) => (value === null || !areTruths ? value : value === 1));
  return {
    success: details.every(Boolean),
    result: { observed_value: { quantiles, values }, details: { success_details: details } },
  };
}

function quantileBy(rule: string, count: number, q: number, at: (place: number) => number): number {
  if (rule === "nearest") return at(nearestPosition(count, q));
  const position = (count - 1) * q;
  const low = Math.floor(position);
  const rest = position - low;
  return rest === 0 ? at(low) : (RULES[rule]?.(at(low), at(low + 1), rest) ?? Number.NaN);
}

export const quantiles = aggregate((kwargs) => {
  const ranges = quantileRanges(kwargs);
  const numbers = new Numbers();
  let areTruths = false;
  return {
    add(value) {
      areTruths ||= typeof value === "boolean";
      numbers.add(asNumber(value));
    },
    finish() {
      const sorted = numbers.sorted();
      return quantilesInRanges(ranges, sorted.length, (place) => sorted[place] as number, areTruths);
    },
  };
});

export const min = extreme(-1);
export const max = extreme(1);
