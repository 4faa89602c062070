/** Judges champion against challenger while both serve: always-valid sequential tests, and paired shadow predictions. */
export { judgeCanary, judgeSeries } from "./judgeCanary.ts";
export {
  addPairs,
  DEFAULT_SHADOW_POLICY,
  judgeShadow,
  NO_PAIRS,
  type ShadowMeasure,
  type ShadowPair,
  type ShadowPolicy,
  type ShadowVerdict,
} from "./judgeShadow.ts";
export {
  type CanaryVerdict,
  DEFAULT_JUDGE_POLICY,
  JudgeInputError,
  type JudgePolicy,
  type JudgeReason,
  type JudgeVerdict,
  type Look,
  type MetricFinding,
  type MetricRule,
  type VariantLook,
} from "./types.ts";
