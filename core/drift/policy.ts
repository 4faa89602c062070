import type { Adjustment } from "../statistics/index.ts";
import type { ComponentName } from "./componentResult.ts";

/** How the verdict is reached. Everything that was used is repeated in the verdict. */
export interface DriftPolicy {
  /**
   * Chance that a window without drift is called drift, over all features together: at most this, whatever the distributions. The default
   * leaves room below the promised 5 %.
   */
  readonly falseAlarmRate: number;
  readonly adjustment: Adjustment;
  /** Fewer rows than this are "insufficient". */
  readonly minimumRows: number;
  /** Fewer usable values than this: the feature is not tested. */
  readonly minimumValues: number;
  /** Reference rows that must lie in the window's hours for it to be compared with them alone. */
  readonly minimumSeasonRows: number;
  /** Smaller changes are no drift, however significant. Units as in ComponentResult.effect. */
  readonly minimumEffect: Readonly<Record<ComponentName, number>>;
  /** So many features must drift for the window to drift. */
  readonly minimumFeatures: number;
  /** Alarm when `windows` of the last `of` windows (this one included) drifted. */
  readonly alarm: { readonly windows: number; readonly of: number };
}

export const DEFAULT_DRIFT_POLICY: DriftPolicy = {
  falseAlarmRate: 0.038,
  adjustment: "bh",
  minimumRows: 30,
  minimumValues: 15,
  minimumSeasonRows: 100,
  minimumEffect: { location: 0.1, spread: 0.08, shape: 0.04, categories: 0.04, unseen: 0.005, missing: 0.01 },
  minimumFeatures: 1,
  alarm: { windows: 1, of: 1 },
};

/** What a caller wants otherwise; what is not named stays as it is by default. */
export type DriftPolicyChanges = Partial<Omit<DriftPolicy, "minimumEffect">> & {
  readonly minimumEffect?: Partial<DriftPolicy["minimumEffect"]>;
};

export function policyWith(changes: DriftPolicyChanges): DriftPolicy {
  const minimumEffect = { ...DEFAULT_DRIFT_POLICY.minimumEffect, ...changes.minimumEffect };
  return { ...DEFAULT_DRIFT_POLICY, ...changes, minimumEffect };
}

/**
 * Share of a feature's false alarms spent on each question, before sharing out what does not apply. Location gets most:
 * it is the commonest drift, and splitting evenly would cost a third of its power.
 */
export const COMPONENT_WEIGHTS: Readonly<Record<ComponentName, number>> = {
  location: 0.9,
  spread: 0.06,
  shape: 0.04,
  categories: 0.85,
  unseen: 0.15,
  missing: 0.1,
};
