import { type IndexOf, onColumn } from "./columnEvaluator.ts";
import { textKwarg } from "./kwargs.ts";
import { MapTally } from "./mapResult.ts";
import { floatText, pythonText } from "./pythonValues.ts";
import { type Dtype, type EvaluatorFactory, isMissing, type Kwargs, type Reporting } from "./types.ts";

/**
 * An expectation on each value by itself; missing values are left out. Numbers strictly between the limits that `surely` gives are
 * expected for certain, and need not be asked about one by one.
 */
export function perValue(
  prepare: (kwargs: Kwargs) => (value: unknown) => boolean,
  surely: (kwargs: Kwargs) => readonly [number, number] = () => [0, 0],
): EvaluatorFactory {
  return (kwargs, reporting) => {
    const column = textKwarg(kwargs, "column");
    const isExpected = prepare(kwargs);
    const tally = new MapTally(kwargs, reporting);
    const add = (value: unknown, place: number, indexOf: IndexOf): void => {
      tally.rows++;
      if (isMissing(value)) tally.missing++;
      else if (!isExpected(value)) tally.addUnexpected(value, indexOf(place));
    };
    const [low, high] = surely(kwargs);
    const addNumbers = (cells: Float64Array, indexOf: IndexOf): void => {
      tally.rows += cells.length;
      for (let i = 0; i < cells.length; i++) {
        const value = cells[i] as number;
        if (value > low && value < high) continue;
        if (Number.isNaN(value)) tally.missing++;
        else if (!isExpected(value)) tally.addUnexpected(value, indexOf(i));
      }
    };
    return onColumn(column, add, () => tally.result(), addNumbers);
  };
}

/** An expectation on the values that are there, in their order; `finish` is called after the last one. */
export function onPresent(
  prepare: (
    kwargs: Kwargs,
    tally: MapTally,
    reporting: Reporting,
  ) => { add(value: unknown, place: number, indexOf: IndexOf): void; finish?(): void },
): EvaluatorFactory {
  return (kwargs, reporting) => {
    const column = textKwarg(kwargs, "column");
    const tally = new MapTally(kwargs, reporting);
    const judge = prepare(kwargs, tally, reporting);
    const add = (value: unknown, place: number, indexOf: IndexOf): void => {
      tally.rows++;
      if (isMissing(value)) tally.missing++;
      else judge.add(value, place, indexOf);
    };
    return onColumn(column, add, () => {
      judge.finish?.();
      return tally.result();
    });
  };
}

/**
 * An expectation whose meaning depends on the type of its column, which is known at the end only: evaluated both ways, the second one as long as
 * the cells leave it possible.
 */
export function eitherWay(
  first: EvaluatorFactory,
  second: EvaluatorFactory,
  when: { isSecond(dtype: Dtype): boolean; isPossible(cell: unknown): boolean },
): EvaluatorFactory {
  return (kwargs, reporting) => {
    const column = textKwarg(kwargs, "column");
    const [one, other] = [first(kwargs, reporting), second(kwargs, reporting)];
    let isPossible = true;
    return {
      typedColumns: [column],
      add(rows) {
        one.add(rows);
        const cell = firstPresent(rows.columns[column] ?? []);
        isPossible &&= cell === undefined || when.isPossible(cell);
        if (isPossible) other.add(rows);
      },
      finish: (table) => (isPossible && when.isSecond(table.dtypeOf(column)) ? other : one).finish(table),
    };
  };
}

/** An expectation on the text of each value: of whole numbers "5" in a column of integers, "5.0" in one of floats. */
export function perText(prepare: (kwargs: Kwargs) => (text: string) => boolean): EvaluatorFactory {
  const as = (textOf: (value: unknown) => string): EvaluatorFactory =>
    perValue((kwargs) => {
      const isExpected = prepare(kwargs);
      return (value) => isExpected(textOf(value));
    });
  return eitherWay(
    as(pythonText),
    as((value) => (typeof value === "number" ? floatText(value) : pythonText(value))),
    { isSecond: (dtype) => dtype === "float64", isPossible: (cell) => typeof cell === "number" },
  );
}

function firstPresent(cells: ArrayLike<unknown>): unknown {
  for (let i = 0; i < cells.length; i++) if (!isMissing(cells[i])) return cells[i];
  return undefined;
}
