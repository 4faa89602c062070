import { asNumber, Numbers, total } from "./collectors.ts";
import { type IndexOf, onColumn } from "./columnEvaluator.ts";
import { DuplicateFinder } from "./duplicates.ts";
import { eitherWay, onPresent, perValue } from "./eachValue.ts";
import { boundsTest, insideBounds, listKwarg, numberKwarg, textKwarg } from "./kwargs.ts";
import { MapTally } from "./mapResult.ts";
import { boundOf, Moment } from "./moment.ts";
import { compareValues, valueKey } from "./pythonValues.ts";
import { type Evaluator, type EvaluatorFactory, ExpectationError, isMissing } from "./types.ts";

/** be_null and not_be_null: all rows count. */
function aboutMissing(wantsMissing: boolean): EvaluatorFactory {
  return (kwargs, reporting) => {
    const column = textKwarg(kwargs, "column");
    const tally = new MapTally(kwargs, reporting);
    const add = (value: unknown, place: number, indexOf: IndexOf): void => {
      tally.rows++;
      if (isMissing(value) !== wantsMissing)
        tally.addUnexpected(isMissing(value) ? null : value, indexOf(place));
    };
    const addNumbers = (cells: Float64Array, indexOf: IndexOf): void => {
      tally.rows += cells.length;
      for (let i = 0; i < cells.length; i++) {
        if (Number.isNaN(cells[i]) !== wantsMissing)
          tally.addUnexpected(wantsMissing ? cells[i] : null, indexOf(i));
      }
    };
    const finish: Evaluator["finish"] = ({ dtypeOf }) => tally.result([dtypeOf(column) === "float64"], true);
    return { typedColumns: [column], ...onColumn(column, add, finish, addNumbers) };
  };
}

export const unique = onPresent((_, tally, reporting) => {
  const duplicates = new DuplicateFinder(reporting);
  return {
    // Truth values are shown as what they are, not as the numbers that they equal.
    add: (value, place, indexOf) =>
      duplicates.add(typeof value === "boolean" ? String(value) : valueKey(value), value, indexOf(place)),
    finish: () => duplicates.report(tally),
  };
});

function membership(wantsMember: boolean): EvaluatorFactory {
  return perValue((kwargs) => {
    // pandas reads the text of a set as times where the column holds times, but not where it holds days.
    const times = (value: unknown): unknown[] => {
      const time = boundOf(value);
      return time instanceof Moment ? [value, new Moment(time.milliseconds, false)] : [value];
    };
    const members = new Set(listKwarg(kwargs, "value_set").flatMap(times).map(valueKey));
    return (value) => members.has(valueKey(value)) === wantsMember;
  });
}

/** Values compared with the one before, by their difference; the first passes, missing ones are skipped. */
function orderedBy(
  sign: 1 | -1,
  difference: (value: unknown, previous: unknown) => number,
): EvaluatorFactory {
  return onPresent((kwargs, tally) => {
    const isStrict = kwargs.strictly === true;
    let previous: unknown;
    return {
      add(value, place, indexOf) {
        const step = previous === undefined ? 1 : sign * difference(value, previous);
        if (step < 0 || (isStrict && step === 0)) tally.addUnexpected(value, indexOf(place));
        previous = value;
      },
    };
  });
}

function difference(value: unknown, previous: unknown): number {
  if (typeof value === "string")
    throw new ExpectationError("expected numbers or times, whose order is judged by differences, got text");
  // Between equal infinite numbers there is no difference that could be wrong.
  const areNumbers = typeof value === "number" && typeof previous === "number";
  return areNumbers ? value - previous : compareValues(value, previous);
}

/** In a column of truth values, pandas' difference is whether two differ; with missing values among them they are numbers to it. */
const ordered = (sign: 1 | -1): EvaluatorFactory =>
  eitherWay(
    orderedBy(sign, difference),
    orderedBy(sign, (value, previous) => (value === previous ? 0 : 1)),
    { isSecond: (dtype) => dtype === "bool", isPossible: (cell) => typeof cell === "boolean" },
  );

/** z-scores need mean and deviation of the whole column first, so its numbers are kept, at 16 bytes each. */
export const zScores = onPresent((kwargs, tally) => {
  const threshold = numberKwarg(kwargs, "threshold");
  const isDouble = kwargs.double_sided === true;
  const [values, indices] = [new Numbers(), new Numbers()];
  let areTruths = false;
  return {
    add(value, place, indexOf) {
      areTruths ||= typeof value === "boolean";
      values.add(asNumber(value));
      indices.add(indexOf(place));
    },
    finish() {
      const kept = values.all();
      const mean = total(kept) / kept.length;
      const deviation = Math.sqrt(kept.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (kept.length - 1));
      const at = indices.all();
      kept.forEach((value, i) => {
        const z = (value - mean) / deviation;
        // A column of one value has no z-scores; as in Great Expectations it passes.
        if ((isDouble ? Math.abs(z) : z) >= threshold)
          tally.addUnexpected(areTruths ? value === 1 : value, at[i] as number);
      });
    },
  };
});

export const notNull = aboutMissing(false);
export const isNull = aboutMissing(true);
export const between = perValue((kwargs) => boundsTest(kwargs), insideBounds);
export const inSet = membership(true);
export const notInSet = membership(false);
export const increasing = ordered(1);
export const decreasing = ordered(-1);
