import { problem } from "../problemsError.ts";
import { adjustPValues, sumBy } from "../statistics/index.ts";
import { categoriesTest, missingTest, unseenTest } from "./categoryTests.ts";
import type { ComponentResult } from "./componentResult.ts";
import { type CountTable, categoricalTable, numericTable } from "./countTable.ts";
import { COMPONENT_WEIGHTS, type DriftPolicy, type DriftPolicyChanges, policyWith } from "./policy.ts";
import { rankTests, shapeTest } from "./rankTests.ts";
import { type ReferencePart, type SeasonalReference, seasonalReference } from "./season.ts";
import { type DataWindow, type FeatureProfile, type ReferenceProfile, refuse } from "./types.ts";
import { type WindowNumbers, windowNumbers } from "./windowNumbers.ts";
import { WindowTally, windowProblems } from "./windowTally.ts";

export interface FeatureVerdict extends WindowNumbers {
  readonly feature: string;
  readonly kind: "numeric" | "categorical";
  readonly status: "drift" | "stable" | "insufficient" | "absent";
  /** Which part of the reference the window was compared with. */
  readonly comparedWith: ReferencePart;
  /** Smallest weighted p-value over the questions asked; 1 when none could be. */
  readonly pValue: number;
  readonly adjustedPValue: number;
  /** The question with the smallest weighted p-value. */
  readonly leading: ComponentResult | null;
  readonly components: readonly ComponentResult[];
}

export type DriftReason =
  | "FeaturesDrifted"
  | "NoFeatureDrifted"
  | "WaitingForMoreWindows"
  | "TooFewRows"
  | "NoComparableFeature";

/** What a later window needs to know of this one. */
export interface WindowOutcome {
  readonly windowDrifted: boolean;
}

export interface DriftVerdict extends WindowOutcome {
  readonly verdict: "drift" | "stable" | "insufficient";
  readonly reason: DriftReason;
  readonly rows: number;
  readonly referenceRows: number;
  /** Windows that drifted among the last `policy.alarm.of`, this one included. */
  readonly driftedWindows: number;
  readonly driftedFeatures: readonly string[];
  /** Of the features that could be compared. */
  readonly driftedShare: number;
  readonly features: readonly FeatureVerdict[];
  /** Columns of the window that the profile does not know. */
  readonly unknownColumns: readonly string[];
  readonly policy: DriftPolicy;
}

/** p-value of the feature: the smallest component, each paid for with its share of the false alarms. */
function combine(components: readonly ComponentResult[]): {
  pValue: number;
  leading: ComponentResult | null;
  scale: number;
} {
  const scale = sumBy(components, (c) => COMPONENT_WEIGHTS[c.component]);
  let pValue = 1;
  let leading: ComponentResult | null = null;
  for (const component of components) {
    const weighted = Math.min(1, (component.pValue * scale) / COMPONENT_WEIGHTS[component.component]);
    if (leading === null || weighted < pValue) {
      pValue = weighted;
      leading = component;
    }
  }
  return { pValue, leading, scale };
}

function testFeature(
  profile: FeatureProfile,
  table: CountTable,
  rows: number,
  policy: DriftPolicy,
  season: SeasonalReference | undefined,
): ComponentResult[] {
  const unusable = table.missing + table.infinite;
  const whole = profile.missing + (profile.kind === "numeric" ? profile.infinite : 0);
  const reference =
    season === undefined
      ? { rows: profile.rows, missing: whole }
      : { rows: season.counts.total + season.counts.missing, missing: season.counts.missing };
  const missing = missingTest(reference, { rows, missing: unusable });
  const components: (ComponentResult | undefined)[] = [missing];
  if (table.windowTotal >= policy.minimumValues && table.referenceTotal >= policy.minimumValues) {
    if (profile.kind === "numeric") components.push(...rankTests(table), shapeTest(table));
    else components.push(categoriesTest(table), unseenTest(table));
  }
  return components.filter((c) => c !== undefined);
}

interface Tested {
  readonly feature: string;
  readonly profile: FeatureProfile;
  readonly table: CountTable | undefined;
  readonly season?: SeasonalReference | undefined;
  readonly components: readonly ComponentResult[];
}

function testAll({ profile, features, hours, rows }: WindowTally, policy: DriftPolicy): Tested[] {
  return Object.entries(profile.features).map(([feature, reference]) => {
    const counts = features.get(feature);
    if (counts === undefined) return { feature, profile: reference, table: undefined, components: [] };
    const season = seasonalReference(reference, hours, policy.minimumSeasonRows);
    const table = counts.kind === "numeric" ? numericTable(counts, season) : categoricalTable(counts, season);
    const components = testFeature(reference, table, rows, policy, season);
    return { feature, profile: reference, table, season, components };
  });
}

function judgeFeatures(tested: readonly Tested[], policy: DriftPolicy): FeatureVerdict[] {
  const combined = tested.map((t) => combine(t.components));
  const asked = combined.map((_, i) => i).filter((i) => (tested[i] as Tested).components.length > 0);
  const adjusted = adjustPValues(
    asked.map((i) => (combined[i] as { pValue: number }).pValue),
    policy.adjustment,
  );
  const adjustedAt = new Map(asked.map((i, rank) => [i, adjusted[rank] as number]));
  return tested.map(({ feature, profile, table, season, components }, i) => {
    const { pValue, leading, scale } = combined[i] as ReturnType<typeof combine>;
    const adjustedPValue = adjustedAt.get(i) ?? 1;
    // A component counts when it would be significant by itself at the same adjustment, and is large enough.
    const factor = pValue > 0 ? adjustedPValue / pValue : 1;
    const isDrifted = components.some((c) => {
      const own = Math.min(1, ((c.pValue * scale) / COMPONENT_WEIGHTS[c.component]) * factor);
      return own <= policy.falseAlarmRate && Math.abs(c.effect) >= policy.minimumEffect[c.component];
    });
    const status =
      table === undefined
        ? "absent"
        : isDrifted
          ? "drift"
          : components.length === 0
            ? "insufficient"
            : "stable";
    return {
      feature,
      kind: profile.kind,
      status,
      comparedWith: season?.part ?? "whole",
      pValue,
      adjustedPValue,
      leading,
      components,
      ...windowNumbers(profile, table, season),
    };
  });
}

function policyProblems({ alarm, falseAlarmRate }: DriftPolicy): string[] {
  const problems: string[] = [];
  if (!(falseAlarmRate > 0 && falseAlarmRate < 1))
    problems.push(`policy.falseAlarmRate: expected between 0 and 1, got ${falseAlarmRate}`);
  if (!(alarm.windows >= 1 && alarm.of >= alarm.windows))
    problems.push(problem("policy.alarm", "1 <= windows <= of", alarm));
  return problems;
}

function tallyOf(profile: ReferenceProfile, window: DataWindow): WindowTally {
  const tally = new WindowTally(profile);
  if (window.rows > 0) tally.add(window);
  return tally;
}

/**
 * Compares a window of rows with the reference. A feature drifts when it is significant after adjustment over all
 * features and one of its changes is large enough; a column that is gone counts as drifted. `history` holds earlier
 * outcomes, newest last, for alarms that need k of n windows. The order of rows does not matter. When window and profile
 * know the times of their rows, each feature is compared with the same hours of the week (UTC), or of any day while those
 * hold fewer than `minimumSeasonRows`, or else with the whole; `comparedWith` says which.
 */
export function compareToReference(
  profile: ReferenceProfile,
  window: DataWindow,
  policy: DriftPolicyChanges = {},
  history: readonly WindowOutcome[] = [],
): DriftVerdict {
  refuse([...windowProblems(profile, window), ...policyProblems(policyWith(policy))]);
  return compareTally(tallyOf(profile, window), policy, history);
}

/** The same for a window that was gathered batch after batch. */
export function compareTally(
  tally: WindowTally,
  policy: DriftPolicyChanges = {},
  history: readonly WindowOutcome[] = [],
): DriftVerdict {
  const rules = policyWith(policy);
  refuse(policyProblems(rules));
  const { rows, profile, unknownColumns } = tally;
  const features = rows === 0 ? [] : judgeFeatures(testAll(tally, rules), rules);
  const drifted = features.filter((f) => f.status === "drift" || f.status === "absent");
  const comparable = features.filter((f) => f.status !== "insufficient");
  const isEnough = rows >= rules.minimumRows;
  const windowDrifted = isEnough && drifted.length >= rules.minimumFeatures;
  const recent = rules.alarm.of > 1 ? history.slice(1 - rules.alarm.of) : [];
  const driftedWindows = recent.filter((h) => h.windowDrifted).length + (windowDrifted ? 1 : 0);
  return {
    ...conclude({
      isEnough,
      comparable: comparable.length,
      windowDrifted,
      driftedWindows,
      needed: rules.alarm.windows,
    }),
    windowDrifted,
    rows,
    referenceRows: profile.rows,
    driftedWindows,
    driftedFeatures: drifted.map((f) => f.feature),
    driftedShare: comparable.length === 0 ? 0 : drifted.length / comparable.length,
    features,
    unknownColumns,
    policy: rules,
  };
}

function conclude(facts: {
  isEnough: boolean;
  comparable: number;
  windowDrifted: boolean;
  driftedWindows: number;
  needed: number;
}): Pick<DriftVerdict, "verdict" | "reason"> {
  if (!facts.isEnough) return { verdict: "insufficient", reason: "TooFewRows" };
  if (facts.comparable === 0) return { verdict: "insufficient", reason: "NoComparableFeature" };
  if (facts.driftedWindows >= facts.needed) return { verdict: "drift", reason: "FeaturesDrifted" };
  if (facts.windowDrifted) return { verdict: "stable", reason: "WaitingForMoreWindows" };
  return { verdict: "stable", reason: "NoFeatureDrifted" };
}
