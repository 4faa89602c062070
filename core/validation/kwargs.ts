import { badKwarg, shown, unlike } from "./messages.ts";
import { boundOf } from "./moment.ts";
import { compareValues } from "./pythonValues.ts";
import { ExpectationError, type Kwargs } from "./types.ts";

export function textKwarg(kwargs: Kwargs, name: string): string {
  const value = kwargs[name];
  if (typeof value !== "string") throw badKwarg(name, "text", value);
  return value;
}

export function listKwarg(kwargs: Kwargs, name: string): readonly unknown[] {
  const value = kwargs[name];
  if (!Array.isArray(value)) throw badKwarg(name, "a list", value);
  return value;
}

export function numberKwarg(kwargs: Kwargs, name: string): number {
  const value = kwargs[name];
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "number") throw badKwarg(name, "a number", value);
  return value;
}

/** Share of rows that must meet a map expectation; 1 when not given. */
export function mostlyKwarg(kwargs: Kwargs): number {
  const value = kwargs.mostly ?? 1;
  if (typeof value !== "number" || !(value >= 0 && value <= 1)) {
    throw badKwarg("mostly", "a number from 0 to 1", value);
  }
  return value;
}

/** Test of min_value, max_value, strict_min, strict_max; at least one bound must be there and they must not contradict. */
export function boundsTest(kwargs: Kwargs, isOptional = false): (value: unknown) => boolean {
  const [min, max] = [boundOf(kwargs.min_value), boundOf(kwargs.max_value)];
  const isStrictMin = kwargs.strict_min === true;
  const isStrictMax = kwargs.strict_max === true;
  if (min === null && max === null) {
    if (isOptional) return () => true;
    throw new ExpectationError("kwargs: expected min_value or max_value or both, got neither");
  }
  if (min !== null && max !== null && compareValues(min, max) > 0) {
    throw new ExpectationError(`kwargs: ${unlike("min_value <= max_value", min)} and ${shown(max)}`);
  }
  return (value) => {
    if (min !== null) {
      const order = compareValues(value, min);
      if (order < 0 || (isStrictMin && order === 0)) return false;
    }
    if (max === null) return true;
    const order = compareValues(value, max);
    return order < 0 || (!isStrictMax && order === 0);
  };
}

/** Limits strictly between which every number passes `boundsTest`; none do where a bound is not a number. */
export function insideBounds({ min_value, max_value }: Kwargs): readonly [number, number] {
  const low = boundOf(min_value) ?? -Infinity;
  const high = boundOf(max_value) ?? Infinity;
  return typeof low === "number" && typeof high === "number" ? [low, high] : [0, 0];
}
