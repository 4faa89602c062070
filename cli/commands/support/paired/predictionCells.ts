import { MOST_CLASSES, SUM_TOLERANCE } from "../../../../core/evaluation/index.ts";
import { type Cell, InputError, shown } from "../../../readers/index.ts";
import type { RowCursor } from "./rowCursor.ts";

/** Numbers of classes, in the order in which they came. */
export class ClassNumbers {
  readonly #numbers = new Map<string, number>();

  constructor(names: readonly string[] = []) {
    for (const name of names) this.#numbers.set(name, this.#numbers.size);
  }

  get names(): readonly string[] {
    return [...this.#numbers.keys()];
  }

  get size(): number {
    return this.#numbers.size;
  }

  known(name: string): number | undefined {
    return this.#numbers.get(name);
  }

  /** The number of a class that may be new; undefined where there are too many. */
  of(name: string): number | undefined {
    const number = this.#numbers.get(name);
    if (number !== undefined) return number;
    if (this.#numbers.size === MOST_CLASSES) return undefined;
    this.#numbers.set(name, this.#numbers.size);
    return this.#numbers.size - 1;
  }
}

/** A cell as a number; a truth value is 0 or 1. */
export function numberOf(cursor: RowCursor, column: number): number {
  const value = cursor.cell(column);
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  throw cursor.bad(column, "a number", shown(value));
}

const tooMany = (cursor: RowCursor, column: number): InputError =>
  cursor.bad(column, `at most ${MOST_CLASSES} classes (is this a regression?)`, shown(cursor.cell(column)));

/** What one model says of the row that its cursor stands at. */
export interface PredictionReader {
  /** Numbers of its classes; undefined where it predicts numbers. */
  readonly classes: ClassNumbers | undefined;
  /** Are probabilities given, of each class? */
  readonly hasProbabilities: boolean;
  /** Reads the row; it lasts until the next one. */
  read(): Float64Array;
  /** Throws where what was read is no prediction of a row with a label. */
  check(): void;
}

/** Scores or values, one a row. */
export function numberReader(
  cursor: RowCursor,
  expected: string,
  isGood: (value: number) => boolean,
): PredictionReader {
  const said = new Float64Array(1);
  return {
    classes: undefined,
    hasProbabilities: false,
    read() {
      said[0] = numberOf(cursor, 0);
      return said;
    },
    check() {
      if (!isGood(said[0] as number)) throw cursor.bad(0, expected, shown(cursor.cell(0)));
    },
  };
}

/** A column of probabilities for each class. */
export function probabilityReader(cursor: RowCursor): PredictionReader {
  const said = new Float64Array(cursor.names.length);
  return {
    classes: new ClassNumbers(cursor.names),
    hasProbabilities: true,
    read() {
      for (let k = 0; k < said.length; k++) said[k] = numberOf(cursor, k);
      return said;
    },
    check() {
      let sum = 0;
      said.forEach((p, k) => {
        if (!(p >= 0 && p <= 1)) throw cursor.bad(k, "a probability from 0 to 1", shown(cursor.cell(k)));
        sum += p;
      });
      if (Math.abs(sum - 1) > SUM_TOLERANCE)
        throw new InputError(cursor.file, "probabilities that add up to 1", `a sum of ${sum}`, {
          line: cursor.line,
        });
    },
  };
}

/**
 * The class that was decided for, one a row. `areTexts`: they are classes because the first is text, so that a number after it says
 * that the text was none.
 */
export function classReader(cursor: RowCursor, classes: ClassNumbers, areTexts: boolean): PredictionReader {
  const said = new Float64Array(1);
  const first = cursor.bad(0, "a number", shown(cursor.cell(0)));
  return {
    classes,
    hasProbabilities: false,
    read() {
      const value: Cell = cursor.cell(0);
      if (value === null) throw cursor.bad(0, "a class", "none");
      if (areTexts && typeof value === "number") throw first;
      const number = classes.of(String(value));
      if (number === undefined) throw tooMany(cursor, 0);
      said[0] = number;
      return said;
    },
    check() {},
  };
}

/** The label as a model numbers classes; undefined where it is not known yet. */
export function labelClass(
  cursor: RowCursor,
  { classes, hasProbabilities }: PredictionReader,
): number | undefined {
  const value = cursor.cell(0);
  if (value === null || value === "") return undefined;
  const number = hasProbabilities ? classes?.known(String(value)) : classes?.of(String(value));
  if (number !== undefined) return number;
  if (!hasProbabilities) throw tooMany(cursor, 0);
  throw cursor.bad(0, `one of the classes ${classes?.names.join(", ")}`, shown(value));
}
