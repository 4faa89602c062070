import { CategoricalCounts, SeasonalCounts } from "../statistics/index.ts";
import { numberOf } from "./cells.ts";
import { KeyTally } from "./keyTally.ts";
import { lengthProblems } from "./lengthProblems.ts";
import { NameTally } from "./nameTally.ts";
import { type NumericCells, wholeCells } from "./numericCells.ts";
import { HOURS_OF_WEEK, hourOfWeek } from "./season.ts";
import {
  type CategoricalProfile,
  type Column,
  type DataWindow,
  type NumericProfile,
  type ReferenceProfile,
  refuse,
} from "./types.ts";

/** Counts of one numeric feature, by cell of all of the reference and of its season. */
export class NumericCounts {
  readonly kind = "numeric";
  rows = 0;
  missing = 0;
  infinite = 0;
  readonly cells: NumericCells;
  readonly whole: KeyTally;
  readonly season: KeyTally | undefined;
  readonly #seasonal: SeasonalCounts | undefined;

  constructor(profile: NumericProfile, hasTimes: boolean) {
    this.cells = wholeCells(profile);
    this.whole = new KeyTally(keysOf(this.cells.counts));
    if (profile.season === undefined || !hasTimes) return;
    this.#seasonal = SeasonalCounts.fromState(profile.season, HOURS_OF_WEEK);
    this.season = new KeyTally(keysOf(this.#seasonal.pooled(Array(HOURS_OF_WEEK).keys()).counts));
  }

  addColumn(column: Column): void {
    this.rows += column.length;
    const { cells, whole, season } = this;
    for (let i = 0; i < column.length; i++) {
      const cell = column[i];
      const value = typeof cell === "number" ? cell : numberOf(cell);
      if (value - value === 0) {
        whole.add(cells.keyOf(value));
        if (season !== undefined) season.add((this.#seasonal as SeasonalCounts).keyOf(value));
      } else if (Number.isNaN(value)) this.missing++;
      else this.infinite++;
    }
  }
}

/** Counts of one categorical feature. */
export class CategoryCounts {
  readonly kind = "categorical";
  readonly categories: CategoricalCounts;
  readonly tally: NameTally;

  constructor(profile: CategoricalProfile) {
    this.categories = CategoricalCounts.fromState(profile.categories);
    this.tally = new NameTally(this.categories.byName());
  }

  addColumn(column: Column): void {
    this.tally.addColumn(column);
  }
}

export type FeatureCounts = NumericCounts | CategoryCounts;

function keysOf(counts: ReadonlyMap<number, number>): Float64Array {
  return Float64Array.from(counts.keys()).sort();
}

/**
 * A window of rows as `compareToReference` needs it, gathered batch after batch in memory that does not grow with them:
 * up to `MOST_KEYS` rows (and past that, as long as the window has no more distinct values outside the reference's cells) the verdict is the same as
 * of all rows at once; beyond, values that lie close together outside the reference's cells are taken as ties.
 */
export class WindowTally {
  rows = 0;
  readonly hours = new Set<number>();
  readonly features = new Map<string, FeatureCounts>();
  readonly profile: ReferenceProfile;
  #names: readonly string[] | undefined;
  #hasTimes = false;

  constructor(profile: ReferenceProfile) {
    this.profile = profile;
  }

  /** Columns that the profile does not know. */
  get unknownColumns(): string[] {
    return (this.#names ?? []).filter((name) => !(name in this.profile.features)).sort();
  }

  /** Adds rows; every batch has the columns of the first, and times when the first has. Throws `DriftInputError`. */
  add(batch: DataWindow): void {
    const names = Object.keys(batch.columns);
    const problems = windowProblems(this.profile, batch);
    if (this.#names === undefined) this.#start(names, batch.times !== undefined);
    else {
      const added = names.filter((name) => !this.#names?.includes(name));
      const lost = this.#names.filter((name) => !names.includes(name));
      if (added.length + lost.length > 0)
        problems.push(
          `batch.columns: expected those of the first batch (${this.#names.join(", ")}), got ${names.join(", ")}`,
        );
      if ((batch.times !== undefined) !== this.#hasTimes)
        problems.push(`batch.times: expected ${this.#hasTimes ? "times" : "none"}, as in the first batch`);
    }
    refuse(problems);
    this.rows += batch.rows;
    for (let i = 0; i < (batch.times?.length ?? 0); i++) {
      const hour = hourOfWeek(batch.times?.[i]);
      if (hour !== undefined) this.hours.add(hour);
    }
    for (const [name, counts] of this.features) counts.addColumn(batch.columns[name] as Column);
  }

  #start(names: readonly string[], hasTimes: boolean): void {
    this.#names = names;
    this.#hasTimes = hasTimes;
    for (const name of names) {
      const profile = Object.hasOwn(this.profile.features, name) ? this.profile.features[name] : undefined;
      if (profile?.kind === "numeric") this.features.set(name, new NumericCounts(profile, hasTimes));
      else if (profile !== undefined) this.features.set(name, new CategoryCounts(profile));
    }
  }
}

/** What makes rows unusable: columns or times of another length. */
export function windowProblems(profile: ReferenceProfile, window: DataWindow): string[] {
  const known = Object.keys(window.columns).filter((name) => Object.hasOwn(profile.features, name));
  return lengthProblems("window", window, known);
}
