import { aggregate, Distinct, DistinctCount } from "./collectors.ts";
import { observedBetween } from "./columnAggregates.ts";
import { listKwarg } from "./kwargs.ts";
import { Moment, momentOf } from "./moment.ts";
import { valueKey } from "./pythonValues.ts";
import type { EvaluatorFactory } from "./types.ts";

function distinctNumber(measure: (distinct: number, total: number) => number): EvaluatorFactory {
  return aggregate((kwargs) => {
    const judge = observedBetween(kwargs);
    const counts = new DistinctCount();
    return {
      add: (value) => counts.add(value),
      finish: () => judge(measure(counts.distinct(), counts.total)),
    };
  });
}

/** Great Expectations reads the text of a set as times where the column holds times. */
const asTime = (wanted: unknown, found: unknown): unknown =>
  typeof wanted === "string" && found instanceof Moment ? (momentOf(wanted, found.isDay) ?? wanted) : wanted;

/** Longest list of unexpected or missing values written. */
const MOST_LISTED = 20;

/** Distinct values against a set: which may be unexpected, which may be missing. Values are not observed, only violations. */
function distinctSet(asks: { readonly unexpected: boolean; readonly missing: boolean }): EvaluatorFactory {
  return aggregate((kwargs, { examples }) => {
    const given = listKwarg(kwargs, "value_set");
    const distinct = new Distinct();
    return {
      add: (value) => distinct.add(value),
      finish() {
        const values = distinct.sortedValues();
        const wanted = given.map((v) => asTime(v, values[0]));
        const keys = new Set(wanted.map(valueKey));
        const unexpected = values.filter((v) => !keys.has(valueKey(v)));
        const missing = wanted.filter((v) => !distinct.entries.has(valueKey(v)));
        const result: Record<string, unknown> = { observed_value: null };
        for (const [name, list] of [
          ["unexpected", unexpected],
          ["missing", missing],
        ] as const) {
          if (!asks[name]) continue;
          result[`${name}_count`] = list.length;
          if (examples > 0) result[`partial_${name}_list`] = list.slice(0, MOST_LISTED);
        }
        const isFine = !(asks.unexpected && unexpected.length > 0) && !(asks.missing && missing.length > 0);
        return { success: isFine, result };
      },
    };
  });
}

export const mostCommon = aggregate((kwargs) => {
  const wanted = new Set(listKwarg(kwargs, "value_set").map(valueKey));
  const areTiesOkay = kwargs.ties_okay === true;
  const distinct = new Distinct();
  return {
    add: (value) => distinct.add(value),
    finish() {
      const counts = distinct.counts();
      const most = Math.max(0, ...counts.map((c) => c.count));
      const modes = counts.filter((c) => c.count === most).map((c) => c.value);
      const inSet = modes.filter((m) => wanted.has(valueKey(m)));
      const success =
        modes.length > 0 && (areTiesOkay ? inSet.length > 0 : modes.length === 1 && inSet.length === 1);
      return { success, result: { observed_value: modes } };
    },
  };
});

export const uniqueCount = distinctNumber((distinct) => distinct);
export const uniqueShare = distinctNumber((distinct, total) => (total === 0 ? 0 : distinct / total));
export const distinctInSet = distinctSet({ unexpected: true, missing: false });
export const distinctContainSet = distinctSet({ unexpected: false, missing: true });
export const distinctEqualSet = distinctSet({ unexpected: true, missing: true });
