import { CategoricalCounts, OnlineMoments, QuantileSketch } from "../statistics/index.ts";
import { categoryOf, numberOf } from "./cells.ts";
import {
  type Column,
  type DataWindow,
  DriftInputError,
  type FeatureProfile,
  type FeatureSchema,
  PROFILE_FORMAT,
  PROFILE_VERSION,
  type ReferenceProfile,
} from "./types.ts";

class NumericAccumulator {
  rows = 0;
  missing = 0;
  infinite = 0;
  sketch = new QuantileSketch();

  addColumn(column: Column): void {
    this.rows += column.length;
    for (const cell of column) {
      const value = numberOf(cell);
      if (Number.isNaN(value)) this.missing++;
      else if (Math.abs(value) === Infinity) this.infinite++;
      else this.sketch.add(value);
    }
  }

  build(): FeatureProfile {
    const moments = momentsOf(this.sketch);
    return {
      kind: "numeric",
      rows: this.rows,
      missing: this.missing,
      infinite: this.infinite,
      mean: moments.count > 0 ? rounded(moments.mean) : null,
      standardDeviation: moments.count > 1 ? rounded(moments.standardDeviation()) : null,
      sketch: this.sketch.toState(),
    };
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

class CategoricalAccumulator {
  rows = 0;
  missing = 0;
  categories = new CategoricalCounts();

  addColumn(column: Column): void {
    this.rows += column.length;
    for (const cell of column) {
      const name = categoryOf(cell);
      if (name === undefined) this.missing++;
      else this.categories.add(name);
    }
  }

  build(): FeatureProfile {
    return {
      kind: "categorical",
      rows: this.rows,
      missing: this.missing,
      categories: this.categories.toState(),
    };
  }
}

function accumulatorOf(profile: FeatureProfile): NumericAccumulator | CategoricalAccumulator {
  if (profile.kind === "numeric") {
    const numeric = new NumericAccumulator();
    numeric.rows = profile.rows;
    numeric.missing = profile.missing;
    numeric.infinite = profile.infinite;
    numeric.sketch = QuantileSketch.fromState(profile.sketch);
    return numeric;
  }
  const categorical = new CategoricalAccumulator();
  categorical.rows = profile.rows;
  categorical.missing = profile.missing;
  categorical.categories = CategoricalCounts.fromState(profile.categories);
  return categorical;
}

/** Builds a reference profile from batches of rows, in constant memory. */
export class ProfileBuilder {
  #rows = 0;
  #features: Map<string, NumericAccumulator | CategoricalAccumulator>;

  constructor(schema: FeatureSchema) {
    this.#features = new Map(
      Object.entries(schema).map(([name, kind]) => [
        name,
        kind === "numeric" ? new NumericAccumulator() : new CategoricalAccumulator(),
      ]),
    );
  }

  /** Adds a batch. Every feature of the schema must be there, with as many values as the batch has rows. */
  add(batch: DataWindow): void {
    const problems: string[] = [];
    for (const name of this.#features.keys()) {
      const length = batch.columns[name]?.length;
      if (length !== batch.rows) {
        const got = length === undefined ? "no such column" : `${length} values`;
        problems.push(`batch.columns[${JSON.stringify(name)}]: expected ${batch.rows} values, got ${got}`);
      }
    }
    if (problems.length > 0) throw new DriftInputError(problems);
    this.#rows += batch.rows;
    for (const [name, feature] of this.#features) feature.addColumn(batch.columns[name] as Column);
  }

  build(): ReferenceProfile {
    const features = Object.fromEntries(
      [...this.#features].map(([name, feature]) => [name, feature.build()]),
    );
    return { format: PROFILE_FORMAT, version: PROFILE_VERSION, rows: this.#rows, features };
  }
}

/** Profile of one window of data. */
export function buildProfile(window: DataWindow, schema: FeatureSchema): ReferenceProfile {
  const builder = new ProfileBuilder(schema);
  builder.add(window);
  return builder.build();
}

/** Profile of the rows of both: exactly what one pass over all of them would give. */
export function mergeProfiles(a: ReferenceProfile, b: ReferenceProfile): ReferenceProfile {
  const problems: string[] = [];
  const features: Record<string, FeatureProfile> = {};
  for (const name of new Set([...Object.keys(a.features), ...Object.keys(b.features)])) {
    const left = a.features[name];
    const right = b.features[name];
    if (left === undefined || right === undefined || left.kind !== right.kind) {
      const kinds = JSON.stringify([left?.kind ?? null, right?.kind ?? null]);
      problems.push(`features[${JSON.stringify(name)}]: expected one kind in both profiles, got ${kinds}`);
      continue;
    }
    features[name] = mergeFeature(left, right);
  }
  if (problems.length > 0) throw new DriftInputError(problems);
  return { format: PROFILE_FORMAT, version: PROFILE_VERSION, rows: a.rows + b.rows, features };
}

function mergeFeature(left: FeatureProfile, right: FeatureProfile): FeatureProfile {
  const sum = accumulatorOf(left);
  const other = accumulatorOf(right);
  sum.rows += other.rows;
  sum.missing += other.missing;
  if (sum instanceof NumericAccumulator && other instanceof NumericAccumulator) {
    sum.infinite += other.infinite;
    sum.sketch.merge(other.sketch);
  } else if (sum instanceof CategoricalAccumulator && other instanceof CategoricalAccumulator) {
    sum.categories.merge(other.categories);
  }
  return sum.build();
}

/** Reads a profile from parsed JSON; every problem in one error. */
export function parseReferenceProfile(value: unknown): ReferenceProfile {
  const profile = value as Partial<ReferenceProfile> | null;
  const problems: string[] = [];
  if (typeof profile !== "object" || profile === null)
    throw new DriftInputError([`profile: expected an object, got ${JSON.stringify(value)}`]);
  if (profile.format !== PROFILE_FORMAT)
    problems.push(
      `profile.format: expected ${JSON.stringify(PROFILE_FORMAT)}, got ${JSON.stringify(profile.format)}`,
    );
  if (profile.version !== PROFILE_VERSION)
    problems.push(
      `profile.version: expected ${PROFILE_VERSION}, got ${JSON.stringify(profile.version)}; build the profile anew`,
    );
  if (typeof profile.features !== "object" || profile.features === null)
    problems.push(`profile.features: expected an object, got ${JSON.stringify(profile.features)}`);
  for (const [name, feature] of Object.entries<{ kind?: unknown }>(profile.features ?? {})) {
    if (feature.kind !== "numeric" && feature.kind !== "categorical") {
      problems.push(
        `profile.features[${JSON.stringify(name)}].kind: expected "numeric" or "categorical", got ${JSON.stringify(feature.kind)}`,
      );
    }
  }
  if (problems.length > 0) throw new DriftInputError(problems);
  return profile as ReferenceProfile;
}
