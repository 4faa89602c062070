/** Judges the predictions of one hour with their labels, pooled with the hours before that the same model answered. */
import type { Observation } from "../../contracts/capture.ts";
import type { QualityHour } from "../../contracts/monitoring.ts";
import type { LineageRecord, Measured } from "../../contracts/records.ts";
import { joinLabels } from "../../core/dataset/join.ts";
import { watchErrors } from "../../core/monitoring/conceptDrift.ts";
import { judgeQuality } from "../../core/monitoring/quality.ts";
import type { Span } from "../../core/monitoring/windows.ts";
import type { AdwinState } from "../../core/statistics/index.ts";
import { readLabels, readServed } from "../shared/captures.ts";
import { labelNumber } from "../shared/labels.ts";
import { measure } from "../shared/metrics.ts";
import type { Objects } from "../shared/objects.ts";
import type { HourContext } from "./context.ts";

export interface JudgeHourArgs {
  readonly objects: Objects;
  readonly captureBucket: string;
  readonly context: HourContext;
  readonly span: Span;
  readonly detector: unknown;
  /** Epoch milliseconds. */
  readonly now: number;
}

const HOUR = 3_600_000;
/** How far back labelled rows are pooled. */
const POOLED_HOURS = 48;
/** The longest rollout that SageMaker runs is eight hours. */
const CANARY_HOURS = 8;

interface Labelled {
  readonly label: number;
  readonly score: number;
}

export async function judgeHour(args: JudgeHourArgs): Promise<{ report: QualityHour; detector: unknown }> {
  const { context, span } = args;
  const { spec, release, live } = context;
  const hour = await joinHour(args, span.from);
  const ours = hour.joined.rows.filter(
    ({ observation }) => observation.endpointConfigName === live.live.endpointConfigName,
  );
  const answeredBy =
    ours.length > 0 ? release.releaseId : releaseOf(context, hour.joined.rows[0]?.observation);
  const rows = labelled(spec, hour.joined.rows);
  const pooled =
    ours.length > 0 ? await pool(args, labelled(spec, ours)) : { rows: [], coverage: hour.coverage };
  const value = pooled.rows.length > 0 ? metricOf(spec, pooled.rows) : null;
  const reference = release.evaluation?.metrics[spec.monitoring.quality.metric]?.value ?? null;
  const verdict = judgeQuality({
    metric: spec.monitoring.quality.metric,
    value,
    reference,
    tolerance: spec.monitoring.quality.tolerance,
    coverage: pooled.coverage,
    minimumCoverage: spec.monitoring.quality.coverage,
    rows: pooled.rows.length,
    minimumRows: spec.monitoring.quality.rows,
  });
  const watched = watchErrors(args.detector as AdwinState | null, labelled(spec, ours).map(errorOf));
  return {
    detector: watched.state,
    report: {
      from: new Date(span.from).toISOString(),
      to: new Date(span.to).toISOString(),
      releaseId: answeredBy,
      predictions: hour.joined.counts.observations,
      labelled: hour.joined.counts.joined,
      coverage: hour.coverage,
      judgedRows: pooled.rows.length,
      metric: spec.monitoring.quality.metric,
      value,
      reference,
      ...verdict,
      conceptDrift: watched.changed,
      meanError:
        rows.length === 0
          ? null
          : rows.reduce((sum, row) => sum + (row.score - row.label) ** 2, 0) / rows.length,
      positives: spec.task === "binary-classification" ? rows.filter((row) => row.label === 1).length : null,
      join: { ...hour.joined.counts },
    },
  };
}

async function joinHour({ objects, captureBucket, context, now }: JudgeHourArgs, from: number) {
  const { spec, lineage, live } = context;
  const deployments = servingDuring(lineage, from);
  const { observations } = await readServed(objects, spec, live.endpointName, deployments, [from], now);
  const joined = joinLabels(observations, await readLabels(objects, captureBucket, spec.name, [from]));
  return {
    joined,
    coverage: joined.counts.observations === 0 ? 0 : joined.counts.joined / joined.counts.observations,
  };
}

/**
 * Deployments that may have answered in the hour from `from`: each from the beginning of its rollout, because a canary answers before its
 * deployment is recorded, until the next one is recorded, and an hour more in case the record came before the last traffic had moved.
 */
function servingDuring(lineage: readonly LineageRecord[], from: number): LineageRecord[] {
  return lineage.filter(({ rollout }, index) => {
    const next = lineage[index + 1];
    const until = next ? Date.parse(next.deployedAt) + HOUR : Number.POSITIVE_INFINITY;
    return Date.parse(rollout.startedAt) <= from + HOUR && until >= from;
  });
}

/** Rows of the hours before, newest first, until there are enough; only what the model in service answered itself. */
async function pool(
  args: JudgeHourArgs,
  newest: readonly Labelled[],
): Promise<{ rows: readonly Labelled[]; coverage: number }> {
  const { spec, live } = args.context;
  let rows = [...newest];
  let observations = 0;
  let joined = 0;
  const deployedAt = Date.parse(live.live.deployedAt) - CANARY_HOURS * HOUR;
  for (
    let from = args.span.from, hours = 0;
    hours < POOLED_HOURS && from + HOUR > deployedAt;
    from -= HOUR, hours += 1
  ) {
    if (hours > 0 && rows.length >= spec.monitoring.quality.rows) break;
    const hour = await joinHour(args, from);
    observations += hour.joined.counts.observations;
    joined += hour.joined.counts.joined;
    if (hours > 0) {
      const ours = hour.joined.rows.filter(
        ({ observation }) => observation.endpointConfigName === live.live.endpointConfigName,
      );
      rows = [...labelled(spec, ours), ...rows];
    }
  }
  return { rows, coverage: observations === 0 ? 0 : joined / observations };
}

function labelled(
  spec: HourContext["spec"],
  rows: readonly { readonly observation: Observation; readonly label: string }[],
): Labelled[] {
  return rows.flatMap(({ observation, label }) => {
    const value = labelNumber(spec, label);
    return observation.score === null || value === null ? [] : [{ label: value, score: observation.score }];
  });
}

function metricOf(spec: HourContext["spec"], rows: readonly Labelled[]): Measured | null {
  const { metric } = spec.monitoring.quality;
  const metrics = measure(
    spec,
    rows.map((row) => row.label),
    rows.map((row) => row.score),
    [metric],
  );
  return metrics[metric] ?? null;
}

/** The Brier score's terms, or squared errors cut at 1 where the label is a number. */
const errorOf = ({ label, score }: Labelled): number => Math.min(1, (score - label) ** 2);

function releaseOf({ lineage, release }: HourContext, observation: Observation | undefined): string {
  return (
    lineage.find((entry) => entry.deployed.endpointConfigName === observation?.endpointConfigName)?.release
      .releaseId ?? release.releaseId
  );
}
