/** One look at one window: the pooled requests against the training data, the scores against those on the holdout. */
import type { Observation } from "../../contracts/capture.ts";
import type { ModelSpec } from "../../contracts/modelSpec.ts";
import type { DriftWindow, FeatureFinding } from "../../contracts/monitoring.ts";
import {
  compareToReference,
  type FeatureVerdict,
  type ReferenceProfile,
  type WindowOutcome,
} from "../../core/drift/index.ts";
import { pool, type Span } from "../../core/monitoring/windows.ts";
import { columnsOf } from "../shared/features.ts";

export interface DriftLookArgs {
  readonly spec: ModelSpec;
  readonly releaseId: string;
  readonly datasetId: string;
  readonly profile: ReferenceProfile;
  /** Scores on the holdout; null where the model was registered without them. */
  readonly scoreProfile: ReferenceProfile | null;
  readonly window: Span;
  /** Requests of the configuration in service, at least of the pooled windows. */
  readonly observations: readonly Observation[];
  readonly skipped: Readonly<Record<string, number>>;
  readonly history: readonly WindowOutcome[];
}

const SCORE = "score";

export function lookAtWindow(args: DriftLookArgs): { report: DriftWindow; outcome: WindowOutcome } {
  const { spec, window } = args;
  const settings = spec.monitoring.drift;
  const counts = new Map<number, number>();
  const size = spec.monitoring.window * 1000;
  for (const { at } of args.observations) {
    const start = Math.floor(at / size) * size;
    counts.set(start, (counts.get(start) ?? 0) + 1);
  }
  const pooled = pool(
    window.to,
    spec.monitoring.window,
    settings.minimumRows,
    settings.maximumWindows,
    (from) => counts.get(from) ?? 0,
  );
  const rows = args.observations.filter(({ at }) => at >= pooled.from && at < pooled.to);
  const policy = { minimumRows: settings.minimumRows, alarm: { windows: settings.k, of: settings.n } };
  const verdict = compareToReference(
    args.profile,
    {
      rows: rows.length,
      columns: columnsOf(
        spec,
        rows.map((row) => row.features),
      ),
      times: rows.map((row) => row.at),
    },
    policy,
    args.history,
  );
  const answered = rows.filter((row) => row.score !== null);
  const prediction = args.scoreProfile
    ? compareToReference(
        args.scoreProfile,
        {
          rows: answered.length,
          columns: { [SCORE]: answered.map((row) => row.score) },
          times: answered.map((row) => row.at),
        },
        { minimumRows: settings.minimumRows },
      ).features[0]
    : undefined;
  const look =
    verdict.verdict === "insufficient" ? "insufficient" : verdict.windowDrifted ? "drift" : "stable";
  return {
    outcome: { windowDrifted: verdict.windowDrifted },
    report: {
      from: new Date(window.from).toISOString(),
      to: new Date(window.to).toISOString(),
      releaseId: args.releaseId,
      datasetId: args.datasetId,
      rows: counts.get(window.from) ?? 0,
      pooledRows: rows.length,
      verdict: verdict.verdict,
      look,
      reason: reasonOf(verdict.reason, verdict.driftedFeatures, verdict.driftedWindows, settings),
      features: verdict.features.map(finding),
      prediction: prediction ? finding(prediction) : null,
      skipped: args.skipped,
    },
  };
}

function finding(feature: FeatureVerdict): FeatureFinding {
  return {
    name: feature.feature,
    test: feature.leading?.component ?? "none",
    pValue: feature.pValue,
    adjustedPValue: feature.adjustedPValue,
    effect: feature.leading?.effect ?? null,
    drifted: feature.status === "drift" || feature.status === "absent",
    missingShare: feature.missingShare.window ?? 0,
  };
}

function reasonOf(
  code: string,
  drifted: readonly string[],
  windows: number,
  settings: { k: number; n: number },
): string {
  const names = drifted.length > 0 ? ` (${drifted.join(", ")})` : "";
  return `${code}: ${drifted.length} features drifted${names}, in ${windows} of the last ${settings.n} looks, ${settings.k} make an alarm`;
}
