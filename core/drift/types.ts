import { ProblemsError } from "../problemsError.ts";
import type { CategoricalState, SeasonalState, SketchState } from "../statistics/index.ts";

export type FeatureKind = "numeric" | "categorical";

/** Which columns to look at, and how. The score that a model gave is a column like any other. */
export type FeatureSchema = Readonly<Record<string, FeatureKind>>;

export type Cell = number | string | boolean | null | undefined;
export type Column = readonly Cell[] | Float64Array;

/** Rows in columns. A column that the schema names may be absent (that is drift), others are reported and ignored. */
export interface DataWindow {
  readonly rows: number;
  readonly columns: Readonly<Record<string, Column>>;
  /** When each row came, epoch milliseconds; NaN where not known. Without it nothing is compared by season. */
  readonly times?: ArrayLike<number>;
}

interface FeatureProfileBase {
  /** Rows seen. */
  readonly rows: number;
  /** Rows without a usable value: null, NaN, empty, or text where a number belongs. */
  readonly missing: number;
  /** Counts per hour of the week (UTC), where the rows had times; coarser cells than the rest. */
  readonly season?: SeasonalState;
}

export interface NumericProfile extends FeatureProfileBase {
  readonly kind: "numeric";
  /** Rows with plus or minus infinity; they are no part of the sketch. */
  readonly infinite: number;
  readonly mean: number | null;
  readonly standardDeviation: number | null;
  readonly sketch: SketchState;
}

export interface CategoricalProfile extends FeatureProfileBase {
  readonly kind: "categorical";
  readonly categories: CategoricalState;
}

export type FeatureProfile = NumericProfile | CategoricalProfile;

export const PROFILE_FORMAT = "sluice.reference-profile";
/**
 * 2 brought seasons and calibration, both optional; 3 shorter texts, in which a feature and its season take 2 KB. Profiles
 * of versions 1 and 2 are read.
 */
export const PROFILE_VERSION = 3;

/**
 * What one pass over reference data leaves behind: plain JSON, at most 2 KB a feature with its season (up to some
 * 160 million rows), independent of row order.
 */
export interface ReferenceProfile {
  readonly format: typeof PROFILE_FORMAT;
  readonly version: typeof PROFILE_VERSION;
  readonly rows: number;
  readonly features: Readonly<Record<string, FeatureProfile>>;
  /** How well a score's probabilities hold, where the rows had labels. */
  readonly calibration?: CalibrationProfile;
}

/** Labels by score, over 50 equal-width bins of [0, 1]. */
export interface CalibrationProfile {
  /** Columns of the reference. */
  readonly score: string;
  readonly label: string;
  /** Rows with score and label per bin, and those of label 1. */
  readonly rows: string;
  readonly positives: string;
}

/** A profile or window that cannot be used: says where, what was expected and what came. */
export class DriftInputError extends ProblemsError {
  readonly code = "InvalidDriftInput";
  constructor(problems: readonly string[]) {
    super("DriftInputError", problems);
  }
}

/** Throws `DriftInputError` where there are problems. */
export function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new DriftInputError(problems);
}
