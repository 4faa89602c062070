import {
  CategoricalCounts,
  hashBucket,
  OnlineMoments,
  QuantileSketch,
  SeasonalCounts,
  type SeasonalState,
  type SketchState,
} from "../statistics/index.ts";
import { categoryOf, numberOf } from "./cells.ts";
import { HOURS_OF_WEEK } from "./season.ts";
import type { CategoricalProfile, Column, FeatureProfile, NumericProfile } from "./types.ts";

/**
 * Bytes of a feature's JSON that its packed texts share: 2 KB less names of fields and plain numbers. With a season, a
 * part of them is kept for it; what the rest leaves over, where it knows every value, goes to the season as well. Rooms
 * never grow as rows come, so that parts are never coarser than the whole.
 */
const NUMERIC_ROOM = 2048 - 400;
const NUMERIC_SHARE = 500;
const CATEGORICAL_ROOM = 2048 - 230;
const CATEGORICAL_SHARE = 900;

/** Hour of the week of each row, -1 where not known. */
export type Hours = Int16Array;

/** What features of both kinds gather. */
abstract class FeatureAccumulator {
  rows = 0;
  missing = 0;
  season: SeasonalCounts | undefined;

  /** Rows without times are in no season, so a part without them adds nothing to one with. */
  protected mergeRows(other: FeatureAccumulator): void {
    this.rows += other.rows;
    this.missing += other.missing;
    if (this.season !== undefined && other.season !== undefined) this.season.merge(other.season);
    this.season ??= other.season;
  }

  protected takeRows({ rows, missing, season }: FeatureProfile): void {
    this.rows = rows;
    this.missing = missing;
    if (season !== undefined) this.season = SeasonalCounts.fromState(season, HOURS_OF_WEEK);
  }
}

/** Gathers one numeric feature. */
export class NumericAccumulator extends FeatureAccumulator {
  infinite = 0;
  sketch = new QuantileSketch();

  addColumn(column: Column, hours: Hours | undefined): void {
    this.rows += column.length;
    if (hours !== undefined) this.season ??= new SeasonalCounts(HOURS_OF_WEEK);
    for (let i = 0; i < column.length; i++) {
      const cell = column[i];
      const value = typeof cell === "number" ? cell : numberOf(cell);
      const isUsable = value - value === 0;
      if (isUsable) this.sketch.add(value);
      else if (Number.isNaN(value)) this.missing++;
      else this.infinite++;
      const hour = hours?.[i] ?? -1;
      if (hour < 0) continue;
      if (isUsable) this.season?.add(hour, value);
      else this.season?.addMissing(hour);
    }
  }

  merge(other: NumericAccumulator): void {
    this.mergeRows(other);
    this.infinite += other.infinite;
    this.sketch.merge(other.sketch);
  }

  #states(): [SketchState, SeasonalState?] {
    if (this.season === undefined) return [this.sketch.toState(NUMERIC_ROOM)];
    const sketch = this.sketch.toState(NUMERIC_SHARE);
    const room = NUMERIC_ROOM - (this.sketch.isExact ? QuantileSketch.textLength(sketch) : NUMERIC_SHARE);
    const season = this.season.toState(room);
    // Even the coarsest cells of some ten million rows may need more, which the rest then makes up for.
    const needed = SeasonalCounts.textLength(season);
    return [needed <= room ? sketch : this.sketch.toState(NUMERIC_ROOM - needed), season];
  }

  build(): NumericProfile {
    const [sketch, season] = this.#states();
    // After the states, which may have made the sketch coarser.
    const moments = momentsOf(this.sketch);
    return {
      kind: "numeric",
      rows: this.rows,
      missing: this.missing,
      infinite: this.infinite,
      mean: moments.count > 0 ? rounded(moments.mean) : null,
      standardDeviation: moments.count > 1 ? rounded(moments.standardDeviation()) : null,
      sketch,
      ...(season === undefined ? {} : { season }),
    };
  }

  static fromProfile(profile: NumericProfile): NumericAccumulator {
    const result = new NumericAccumulator();
    result.takeRows(profile);
    result.infinite = profile.infinite;
    result.sketch = QuantileSketch.fromState(profile.sketch);
    return result;
  }
}

/** Gathers one categorical feature; its season counts hash buckets of the names. */
export class CategoricalAccumulator extends FeatureAccumulator {
  categories = new CategoricalCounts();

  addColumn(column: Column, hours: Hours | undefined): void {
    this.rows += column.length;
    // Buckets are whole numbers: finer cells than 1 would tell nothing.
    if (hours !== undefined) this.season ??= new SeasonalCounts(HOURS_OF_WEEK, 0);
    for (let i = 0; i < column.length; i++) {
      const name = categoryOf(column[i]);
      if (name === undefined) this.missing++;
      else this.categories.add(name);
      const hour = hours?.[i] ?? -1;
      if (hour < 0) continue;
      if (name === undefined) this.season?.addMissing(hour);
      else this.season?.add(hour, hashBucket(name));
    }
  }

  merge(other: CategoricalAccumulator): void {
    this.mergeRows(other);
    this.categories.merge(other.categories);
  }

  build(): CategoricalProfile {
    const share = this.season === undefined ? CATEGORICAL_ROOM : CATEGORICAL_SHARE;
    const categories = this.categories.toState(share);
    const taken = this.categories.isExact ? CategoricalCounts.bytesOf(categories) : share;
    return {
      kind: "categorical",
      rows: this.rows,
      missing: this.missing,
      categories,
      ...(this.season === undefined ? {} : { season: this.season.toState(CATEGORICAL_ROOM - taken) }),
    };
  }

  static fromProfile(profile: CategoricalProfile): CategoricalAccumulator {
    const result = new CategoricalAccumulator();
    result.takeRows(profile);
    result.categories = CategoricalCounts.fromState(profile.categories);
    return result;
  }
}

/**
 * Mean and spread from the sketch's cells, not from the stream: so they too are the same for any order of rows and any
 * split into parts. Inside a cell values are taken to lie evenly.
 */
function momentsOf(sketch: QuantileSketch): OnlineMoments {
  const moments = new OnlineMoments();
  for (const { low, high, count } of sketch.cells()) {
    const squares = (count * (high - low) ** 2) / 12;
    moments.merge(OnlineMoments.fromState({ count, mean: (low + high) / 2, squares, min: low, max: high }));
  }
  return moments;
}

function rounded(x: number): number {
  return Number(x.toPrecision(12));
}
