import { GrowingDoubles } from "../statistics/index.ts";
import type { Cell } from "./types.ts";

/** Type of a column as Evidently infers it from pandas' ("unknown": it leaves the column out). */
export type EvidentlyType = "num" | "cat" | "text" | "unknown" | "empty";

/** Whole numbers with at most so many distinct values are categories. */
const CATEGORICAL_INTEGERS = 10;
/** What a name and its count take, about. */
const BYTES_A_NAME = 96;

/** Values of one side that are tested. */
export interface EvidentlySide {
  readonly rows: number;
  /** The numbers, truth values as 0 and 1. */
  numbers(): Float64Array;
  /** How often each value comes. */
  counts(): ReadonlyMap<string, number>;
}

/**
 * One column on one side as Evidently's rules need it, gathered batch after batch: numbers as doubles, text as counts of its values. Evidently
 * drops missing and infinite values before it tests.
 */
export class EvidentlyTally implements EvidentlySide {
  #missing = 0;
  /** Numbers of minus and of plus infinity. */
  readonly #infinite = { below: 0, above: 0 };
  #truths = 0;
  #texts = 0;
  #areFloats = false;
  readonly #numbers = new GrowingDoubles();
  readonly #names = new Map<string, number>();
  #nameLength = 0;

  /** `areFloats`: numbers here or before are of a column of floats, whole as they may be. */
  add(column: ArrayLike<Cell | bigint>, areFloats = false): void {
    this.#areFloats ||= areFloats;
    for (let i = 0; i < column.length; i++) {
      const cell = column[i];
      if (typeof cell === "number") this.#addNumber(cell);
      else if (typeof cell === "bigint") this.#addNumber(Number(cell));
      else if (cell === null || cell === undefined || cell === "") this.#missing++;
      else if (typeof cell === "boolean") this.#addName(cell ? "True" : "False", "truth");
      else this.#addName(cell, "text");
    }
  }

  #addNumber(value: number): void {
    if (Number.isNaN(value)) this.#missing++;
    else if (!Number.isFinite(value)) this.#infinite[value < 0 ? "below" : "above"]++;
    else {
      if (!Number.isInteger(value)) this.#areFloats = true;
      this.#numbers.push(value);
    }
  }

  #addName(name: string, kind: "truth" | "text"): void {
    if (kind === "truth") this.#truths++;
    else this.#texts++;
    const count = this.#names.get(name) ?? 0;
    if (count === 0) this.#nameLength += name.length;
    this.#names.set(name, count + 1);
  }

  get #infinities(): number {
    return this.#infinite.below + this.#infinite.above;
  }

  get rows(): number {
    return this.#numbers.length + this.#truths + this.#texts;
  }

  get bytes(): number {
    return this.#numbers.bytes + BYTES_A_NAME * this.#names.size + 2 * this.#nameLength;
  }

  get type(): EvidentlyType {
    if (this.rows === 0) return "empty";
    if (this.#texts > 0) return this.counts().size > this.rows / 2 ? "text" : "cat";
    // pandas keeps truth values with missing ones, or numbers among them, as objects.
    if (this.#truths > 0) return this.#missing + this.#numbers.length > 0 ? "unknown" : "cat";
    const areFloats = this.#areFloats || this.#missing + this.#infinities > 0;
    return areFloats || this.#hasMoreThan(CATEGORICAL_INTEGERS) ? "num" : "cat";
  }

  /** Are all values numbers or truth values, so that they can be tested as numbers? */
  get isNumeric(): boolean {
    return this.#texts === 0 && (this.#truths === 0 || this.#missing + this.#numbers.length === 0);
  }

  #hasMoreThan(limit: number): boolean {
    const distinct = new Set<number>();
    return this.#numbers.view().some((value) => distinct.add(value).size > limit);
  }

  numbers(): Float64Array {
    if (this.#truths === 0) return this.#numbers.view();
    const ones = this.#names.get("True") ?? 0;
    return Float64Array.from({ length: this.#truths }, (_, i) => (i < ones ? 1 : 0));
  }

  counts(): ReadonlyMap<string, number> {
    const counts = new Map(this.#names);
    for (const value of this.#numbers.view()) {
      const name = String(value);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return counts;
  }

  /** The same with its infinities: Evidently drops them, except where it counts the columns that drifted and nothing in this one is missing. */
  counted(): EvidentlySide {
    if (this.#infinities === 0 || this.#missing > 0) return this;
    const numbers = new Float64Array(this.rows + this.#infinities);
    numbers.set(this.numbers());
    numbers.fill(-Infinity, this.rows, this.rows + this.#infinite.below);
    numbers.fill(Infinity, this.rows + this.#infinite.below);
    const counts = new Map(this.counts());
    if (this.#infinite.below > 0) counts.set("-inf", this.#infinite.below);
    if (this.#infinite.above > 0) counts.set("inf", this.#infinite.above);
    return { rows: numbers.length, numbers: () => numbers, counts: () => counts };
  }
}
