/** The monitor: looks at every window that has closed and at every hour whose labels are due, and reports that it lives. */
import * as z from "zod";
import type { EnvironmentOf } from "../../contracts/environment.ts";
import type { DriftWindow, MonitorState, QualityHour } from "../../contracts/monitoring.ts";
import { keys, type LineageRecord } from "../../contracts/records.ts";
import { dueHours, dueWindows, type Span } from "../../core/monitoring/windows.ts";
import { withListsKept } from "../shared/cachedObjects.ts";
import { hoursOf, readCaptures } from "../shared/captures.ts";
import { parseInput } from "../shared/input.ts";
import type { Log, PutMetrics } from "../shared/logger.ts";
import type { Objects } from "../shared/objects.ts";
import type { Records } from "../shared/records.ts";
import { createContexts, type MonitorContext } from "./context.ts";
import { lookAtWindow } from "./driftLook.ts";
import { judgeHour } from "./qualityHour.ts";

export interface Dependencies {
  readonly environment: EnvironmentOf<"monitorDrift">;
  readonly records: Records;
  readonly objects: Objects;
  readonly putMetrics: PutMetrics;
  readonly log: Log;
  readonly now: () => Date;
}

/** What one invocation catches up at most; the next goes on. */
const WINDOWS_AT_ONCE = 16;
const HOURS_AT_ONCE = 8;

const input = z.object({ modelName: z.string() });

export function createHandler(dependencies: Dependencies) {
  const { environment, records, objects, putMetrics, log } = dependencies;
  const loadContext = createContexts(records, objects, environment.ENVIRONMENT_NAME);
  return async (event: unknown): Promise<{ windows: number; hours: number }> => {
    const { modelName } = parseInput("input of monitorDrift", input, event);
    const metrics = (values: Record<string, number>): void =>
      putMetrics({ Environment: environment.ENVIRONMENT_NAME, Model: modelName }, values);
    const key = keys.monitor(environment.ENVIRONMENT_NAME, modelName);
    const [context, state] = await Promise.all([loadContext(modelName), records.load<MonitorState>(key)]);
    if (!context) {
      metrics({ Heartbeat: 1 });
      return { windows: 0, hours: 0 };
    }
    const before = freshFor(context, state);
    const drifted = await lookAtWindows(dependencies, context, before);
    for (const report of drifted.reports) metrics(driftMetrics(report));
    const judged = await judgeHours(dependencies, context, before);
    for (const report of judged.reports) metrics(qualityMetrics(report));
    if (drifted.reports.length + judged.reports.length > 0)
      await records.save(key, {
        ...before,
        windowsUntil: drifted.until,
        looks: drifted.looks,
        hoursUntil: judged.until,
        detector: judged.detector,
      });
    // Silence means broken: it beats also when there was nothing to look at, never when the look failed.
    metrics({ Heartbeat: 1 });
    const last = drifted.reports.at(-1);
    log.info("monitored", {
      modelName,
      windows: drifted.reports.length,
      hours: judged.reports.length,
      verdict: last?.verdict ?? "none",
      reason: last?.reason ?? "",
    });
    return { windows: drifted.reports.length, hours: judged.reports.length };
  };
}

async function loadLineage(
  { records, environment }: Dependencies,
  modelName: string,
): Promise<LineageRecord[]> {
  const all = await records.list<LineageRecord>(`LINEAGE#${modelName}`, "");
  return all.filter((entry) => entry.environment === environment.ENVIRONMENT_NAME);
}

/** A new model has another reference: its looks and its detector start anew; the hours go on, they belong to whoever answered. */
function freshFor({ live }: MonitorContext, state: MonitorState | null): MonitorState {
  if (state?.releaseId === live.live.releaseId) return state;
  const { deployedAt } = live.live;
  return {
    version: state?.version ?? 0,
    releaseId: live.live.releaseId,
    windowsUntil: state && state.windowsUntil > deployedAt ? state.windowsUntil : deployedAt,
    hoursUntil:
      state?.hoursUntil ?? new Date(Math.floor(Date.parse(deployedAt) / 3_600_000) * 3_600_000).toISOString(),
    looks: [],
    detector: null,
  };
}

async function lookAtWindows(
  { objects, environment, now }: Dependencies,
  context: MonitorContext,
  state: MonitorState,
) {
  const { spec, live, release } = context;
  const { window, watermark, drift } = spec.monitoring;
  const due = dueWindows(Date.parse(state.windowsUntil), now().getTime(), window, watermark, WINDOWS_AT_ONCE);
  const reports: DriftWindow[] = [];
  let looks = state.looks;
  if (due.length === 0) return { reports, looks, until: state.windowsUntil };
  const reference = await context.reference();
  const source = {
    captureUri: live.live.captureUri,
    endpointName: live.endpointName,
    endpointConfigName: live.live.endpointConfigName,
  };
  const from = (due[0] as Span).to - drift.maximumWindows * window * 1000;
  const captured = await readCaptures(
    objects,
    spec,
    source,
    "primary",
    hoursOf(from, (due.at(-1) as Span).to),
    now().getTime(),
  );
  for (const span of due) {
    const { report, outcome } = lookAtWindow({
      spec,
      releaseId: release.releaseId,
      datasetId: release.datasetId ?? "",
      ...reference,
      window: span,
      observations: captured.observations.filter(({ at }) => at < span.to),
      skipped: captured.skipped,
      history: looks.map((look) => ({ windowDrifted: look === "drift" })),
    });
    reports.push(report);
    looks = [...looks, outcome.windowDrifted ? ("drift" as const) : report.look].slice(-drift.n);
    await objects.put(
      `s3://${environment.CAPTURE_BUCKET}/windows/${spec.name}/drift/${report.from}.json`,
      JSON.stringify(report),
      "application/json",
    );
  }
  return { reports, looks, until: new Date((due.at(-1) as Span).to).toISOString() };
}

async function judgeHours(dependencies: Dependencies, context: MonitorContext, state: MonitorState) {
  const { objects, environment, now } = dependencies;
  const { spec } = context;
  const due = dueHours(
    Date.parse(state.hoursUntil),
    now().getTime(),
    spec.monitoring.quality.labelDelay,
    HOURS_AT_ONCE,
  );
  const reports: QualityHour[] = [];
  let { detector } = state;
  if (due.length === 0) return { reports, detector, until: state.hoursUntil };
  const lineage = await loadLineage(dependencies, spec.name);
  const listed = withListsKept(objects);
  for (const span of due) {
    const judged = await judgeHour({
      objects: listed,
      captureBucket: environment.CAPTURE_BUCKET,
      context: { ...context, lineage },
      span,
      detector,
      now: now().getTime(),
    });
    reports.push(judged.report);
    detector = judged.detector;
    await objects.put(
      `s3://${environment.CAPTURE_BUCKET}/windows/${spec.name}/quality/${judged.report.from}.json`,
      JSON.stringify(judged.report),
      "application/json",
    );
  }
  return {
    reports,
    detector,
    until: new Date((due.at(-1) as Span).to).toISOString(),
  };
}

/** A look with too little data publishes no verdict: never "ok", never an alarm. */
function driftMetrics(report: DriftWindow): Record<string, number> {
  return {
    WindowRows: report.rows,
    ...(report.verdict === "insufficient"
      ? {}
      : {
          Drift: report.verdict === "drift" ? 1 : 0,
          DriftedFeatures: report.features.filter((feature) => feature.drifted).length,
        }),
    ...(report.prediction ? { PredictionDrift: report.prediction.drifted ? 1 : 0 } : {}),
  };
}

function qualityMetrics(report: QualityHour): Record<string, number> {
  return {
    LabelCoverage: report.coverage,
    ConceptDrift: report.conceptDrift ? 1 : 0,
    ...(report.verdict === "insufficient" ? {} : { QualityBreach: report.verdict === "breach" ? 1 : 0 }),
    ...(report.value ? { Quality: report.value.value } : {}),
    ...(report.reference !== null ? { QualityReference: report.reference } : {}),
  };
}
