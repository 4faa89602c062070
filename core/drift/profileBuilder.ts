import { problem } from "../problemsError.ts";
import { CategoricalAccumulator, type Hours, NumericAccumulator } from "./accumulators.ts";
import { lengthProblems } from "./lengthProblems.ts";
import { CalibrationAccumulator, type CalibrationColumns } from "./scoreCalibration.ts";
import { hourOfWeek } from "./season.ts";
import {
  type CategoricalProfile,
  type Column,
  type DataWindow,
  DriftInputError,
  type FeatureProfile,
  type FeatureSchema,
  type NumericProfile,
  PROFILE_FORMAT,
  PROFILE_VERSION,
  type ReferenceProfile,
  refuse,
} from "./types.ts";

function hoursOfRows({ times, rows }: DataWindow): Hours | undefined {
  return times === undefined
    ? undefined
    : Int16Array.from({ length: rows }, (_, i) => hourOfWeek(times[i]) ?? -1);
}

/**
 * Builds a reference profile from batches of rows, in constant memory. Batches with `times` also give each feature its
 * season, and with `calibration` the named score its calibration.
 */
export class ProfileBuilder {
  #rows = 0;
  #features: Map<string, NumericAccumulator | CategoricalAccumulator>;
  #calibration: CalibrationAccumulator | undefined;

  constructor(schema: FeatureSchema, calibration?: CalibrationColumns) {
    if (calibration !== undefined) this.#calibration = new CalibrationAccumulator(calibration);
    this.#features = new Map(
      Object.entries(schema).map(([name, kind]) => [
        name,
        kind === "numeric" ? new NumericAccumulator() : new CategoricalAccumulator(),
      ]),
    );
  }

  /** Adds a batch. Every feature of the schema must be there, with as many values as the batch has rows. */
  add(batch: DataWindow): void {
    const { score, label } = this.#calibration?.columns ?? {};
    const needed = [...this.#features.keys(), score, label].filter((name) => name !== undefined);
    refuse(lengthProblems("batch", batch, new Set(needed)));
    this.#rows += batch.rows;
    const hours = hoursOfRows(batch);
    for (const [name, feature] of this.#features) feature.addColumn(batch.columns[name] as Column, hours);
    if (score !== undefined && label !== undefined)
      this.#calibration?.add(batch.columns[score] as Column, batch.columns[label] as Column);
  }

  build(): ReferenceProfile {
    const features = Object.fromEntries(
      [...this.#features].map(([name, feature]) => [name, feature.build()]),
    );
    return {
      format: PROFILE_FORMAT,
      version: PROFILE_VERSION,
      rows: this.#rows,
      features,
      ...(this.#calibration === undefined ? {} : { calibration: this.#calibration.build() }),
    };
  }
}

/** Profile of one window of data. */
export function buildProfile(
  window: DataWindow,
  schema: FeatureSchema,
  calibration?: CalibrationColumns,
): ReferenceProfile {
  const builder = new ProfileBuilder(schema, calibration);
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
  const [left, right] = [a, b].map(({ calibration }) =>
    JSON.stringify([calibration?.score, calibration?.label]),
  );
  if (a.calibration !== undefined && b.calibration !== undefined && left !== right)
    problems.push(`calibration: expected the same columns in both profiles, got ${left} and ${right}`);
  refuse(problems);
  const calibration = mergeCalibrations(a, b);
  return {
    format: PROFILE_FORMAT,
    version: PROFILE_VERSION,
    rows: a.rows + b.rows,
    features,
    ...(calibration === undefined ? {} : { calibration }),
  };
}

/** Both sides are of one kind. */
function mergeFeature(left: FeatureProfile, right: FeatureProfile): FeatureProfile {
  if (left.kind === "numeric" && right.kind === "numeric") {
    const sum = NumericAccumulator.fromProfile(left);
    sum.merge(NumericAccumulator.fromProfile(right));
    return sum.build();
  }
  const sum = CategoricalAccumulator.fromProfile(left as CategoricalProfile);
  sum.merge(CategoricalAccumulator.fromProfile(right as CategoricalProfile));
  return sum.build();
}

/** A part without labels adds nothing to one with. */
function mergeCalibrations({ calibration: a }: ReferenceProfile, { calibration: b }: ReferenceProfile) {
  if (a === undefined || b === undefined) return a ?? b;
  const sum = CalibrationAccumulator.fromProfile(a);
  sum.merge(CalibrationAccumulator.fromProfile(b));
  return sum.build();
}

/** Written before: 1 without seasons and calibration, 2 with longer texts, which are told apart by how they begin. */
const OLDER_VERSIONS: readonly unknown[] = [1, 2];

/** What keeps a stored feature from being read: each part is tried, because states are packed text. */
function featureProblems(where: string, value: unknown): string[] {
  const feature = (typeof value === "object" ? value : null) as Partial<FeatureProfile> | null;
  if (feature?.kind !== "numeric" && feature?.kind !== "categorical")
    return [problem(`${where}.kind`, '"numeric" or "categorical"', feature?.kind ?? feature)];
  const part = feature.kind === "numeric" ? "sketch" : "categories";
  try {
    if (feature.kind === "numeric") NumericAccumulator.fromProfile(feature as NumericProfile).build();
    else CategoricalAccumulator.fromProfile(feature as CategoricalProfile).build();
    return Number.isInteger(feature.rows) && Number.isInteger(feature.missing)
      ? []
      : [`${where}: expected whole numbers rows and missing, got ${feature.rows} and ${feature.missing}`];
  } catch (error) {
    return [`${where}.${part}: expected what sluice profile writes, got ${(error as Error).message}`];
  }
}

/** Reads a profile from parsed JSON; every problem in one error. */
export function parseReferenceProfile(value: unknown): ReferenceProfile {
  const profile = value as (Omit<Partial<ReferenceProfile>, "version"> & { version?: unknown }) | null;
  const problems: string[] = [];
  if (typeof profile !== "object" || profile === null)
    throw new DriftInputError([problem("profile", "an object", value)]);
  if (profile.format !== PROFILE_FORMAT)
    problems.push(problem("profile.format", JSON.stringify(PROFILE_FORMAT), profile.format));
  if (profile.version !== PROFILE_VERSION && !OLDER_VERSIONS.includes(profile.version))
    problems.push(
      `profile.version: expected ${OLDER_VERSIONS.join(", ")} or ${PROFILE_VERSION}, got ${JSON.stringify(profile.version)}; build the profile anew`,
    );
  if (typeof profile.features !== "object" || profile.features === null)
    problems.push(problem("profile.features", "an object", profile.features));
  for (const [name, feature] of Object.entries<unknown>(profile.features ?? {}))
    problems.push(...featureProblems(`profile.features[${JSON.stringify(name)}]`, feature));
  refuse(problems);
  return { ...(profile as ReferenceProfile), version: PROFILE_VERSION };
}
