/** Data drift: what reference data looked like, and whether a window of rows still looks like it. */
export type {
  SageMakerConstraints,
  SageMakerStatistics,
  SageMakerViolations,
} from "../../contracts/sageMakerBaseline.ts";
export {
  compareTally,
  compareToReference,
  type DriftReason,
  type DriftVerdict,
  type FeatureVerdict,
  type WindowOutcome,
} from "./compareToReference.ts";
export type { ComponentName, ComponentResult } from "./componentResult.ts";
export type { DoubleStore } from "./doubleStore.ts";
export {
  type EvidentlyColumn,
  type EvidentlyJudged,
  type EvidentlyRefused,
  type EvidentlySkipped,
  type EvidentlyVerdict,
  evidentlyColumns,
  evidentlyVerdict,
  evidentlyVerdictOf,
  judgeEvidentlyColumn,
} from "./evidently.ts";
export {
  type EvidentlySnapshot,
  type EvidentlySnapshotOptions,
  toEvidentlySnapshot,
} from "./evidentlySnapshot.ts";
export { EvidentlyTally, type EvidentlyType, type TallyOptions } from "./evidentlyTally.ts";
export { DEFAULT_DRIFT_POLICY, type DriftPolicy, type DriftPolicyChanges } from "./policy.ts";
export { buildProfile, mergeProfiles, ProfileBuilder, parseReferenceProfile } from "./profileBuilder.ts";
export { checkSageMakerConstraints, toSageMakerConstraints, toSageMakerStatistics } from "./sageMaker.ts";
export { profileFromSageMaker } from "./sageMakerProfile.ts";
export { type CalibrationColumns, calibrationOf } from "./scoreCalibration.ts";
export { type ReferencePart, seasonalTime } from "./season.ts";
export {
  type CalibrationProfile,
  type Cell,
  type Column,
  type DataWindow,
  DriftInputError,
  type FeatureKind,
  type FeatureProfile,
  type FeatureSchema,
  type ReferenceProfile,
} from "./types.ts";
export { WindowTally } from "./windowTally.ts";
