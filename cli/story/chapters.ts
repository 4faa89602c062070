/** Did each of the five come out as it must? Judged from the facts; each says why. */
import type { Facts } from "./facts.ts";
import type { PipelineRun } from "./pipeline.ts";

export interface Chapter {
  readonly title: string;
  readonly ok: boolean;
  readonly findings: readonly { readonly ok: boolean; readonly text: string }[];
}

type Finding = Chapter["findings"][number];
const finding = (ok: boolean, text: string): Finding => ({ ok, text });
const chapter = (title: string, findings: readonly Finding[]): Chapter => ({
  title,
  findings,
  ok: findings.every((one) => one.ok),
});

export function judgeChapters(facts: Facts): Chapter[] {
  return [firstRelease(facts), service(facts), drift(facts), badRelease(facts), badCommitAndData(facts)];
}

const runOf = (facts: Facts, id: string | undefined): PipelineRun | undefined =>
  facts.runs.find((run) => run.id === id);
const failedAction = (run: PipelineRun | undefined) =>
  run?.actions.find((action) => action.status === "Failed");

function firstRelease(facts: Facts): Chapter {
  const run = runOf(facts, facts.executions.first);
  const stages = [
    ...new Set(run?.actions.filter((action) => action.status === "Succeeded").map((action) => action.stage)),
  ];
  const lineage = facts.records.lineage.filter((entry) => entry.release.releaseId === facts.executions.first);
  return chapter("First release", [
    finding(
      run?.status === "Succeeded",
      `the pipeline ended ${run?.status ?? "never"} after ${stages.join(", ")}`,
    ),
    finding(
      lineage.some((entry) => entry.environment === "staging"),
      "staging has a lineage record of it",
    ),
    finding(
      lineage.some((entry) => entry.environment === "prod"),
      "production has a lineage record of it",
    ),
    finding(
      lineage.every((entry) => entry.environment !== "prod" || entry.release.approval?.status === "Approved"),
      "a person approved it before production",
    ),
  ]);
}

function service(facts: Facts): Chapter {
  const { accounting: a } = facts;
  return chapter("Service", [
    finding(a.failed === 0, `${a.answered} of ${a.sent} requests answered, ${a.failed} failed`),
    finding(
      a.answeredWithoutCapture === 0 && a.capturedTwice === 0,
      `${a.captured} captured; ${a.answeredWithoutCapture} answered without capture, ${a.capturedTwice} captured twice`,
    ),
    finding(
      a.labelsPending === 0 && a.labelsAccepted === a.labelsDelivered,
      `${a.labelsDelivered} labels delivered, ${a.labelsAccepted} taken in, ${a.labelsPending} still to come`,
    ),
  ]);
}

function drift(facts: Facts): Chapter {
  const first = facts.drift.find((window) => window.verdict === "drift");
  const alarm = facts.alarms.find(
    (change) => /-(drift|concept-drift|quality)$/.test(change.alarm) && change.state === "ALARM",
  );
  const started = facts.records.requests.filter((request) => request.decision === "started");
  const deployed = facts.records.lineage.filter(
    (entry) => entry.environment === "prod" && entry.release.cause.kind === "retraining",
  );
  return chapter("Drift and retraining", [
    finding(
      first !== undefined,
      first ? `drift found in the window of ${first.from}: ${first.reason}` : "no window found drift",
    ),
    finding(alarm !== undefined, alarm ? `alarm ${alarm.alarm} fired` : "no alarm fired"),
    finding(
      started.length > 0,
      `${started.length} retrainings started, ${facts.records.requests.length - started.length} answers refused with a reason`,
    ),
    finding(
      deployed.some((entry) => entry.release.evaluation?.comparison !== null),
      `${deployed.length} retrained models reached production${deployed[0] ? `, the first at ${deployed[0].deployedAt}, compared with its champion on the same holdout` : ""}`,
    ),
  ]);
}

function badRelease(facts: Facts): Chapter {
  const run = runOf(facts, facts.executions.badRelease);
  const failed = failedAction(run);
  const from = run?.startedAt ?? 0;
  const until = failed?.endedAt ?? 0;
  const lost = facts.answered.filter(
    (call) => call.at >= from && call.at <= until && call.error !== null,
  ).length;
  return chapter("A bad release", [
    finding(
      run?.actions.some((action) => action.action === "VerifyEndpoint" && action.status === "Succeeded") ===
        true,
      "it passed staging",
    ),
    finding(
      failed?.action === "RolloutProduction",
      `it failed at ${failed?.stage ?? "no stage"}: ${failed?.summary ?? ""}`,
    ),
    finding(/alarm|latency|errors/.test(failed?.summary ?? ""), "the reason names the alarm"),
    finding(
      facts.records.lineage.every(
        (entry) => entry.environment !== "prod" || entry.release.releaseId !== run?.id,
      ),
      "it never became the model in service",
    ),
    finding(
      run !== undefined && lost === 0,
      `the previous model never stopped serving: ${lost} requests failed meanwhile`,
    ),
  ]);
}

function badCommitAndData(facts: Facts): Chapter {
  const commit = failedAction(runOf(facts, facts.executions.badCommit));
  const data = failedAction(runOf(facts, facts.executions.badData));
  return chapter("A bad commit and bad data", [
    finding(
      commit?.stage === "Build",
      `the commit stopped at ${commit?.stage ?? "no stage"}: ${commit?.summary ?? ""}`,
    ),
    finding(
      data?.stage === "Data" && /expectations failed/.test(data.summary),
      `the delivery stopped at ${data?.stage ?? "no stage"}: ${data?.summary ?? ""}`,
    ),
  ]);
}
