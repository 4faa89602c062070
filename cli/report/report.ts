/** The report of a story: one self-contained page for somebody who has not seen the code. */
import type { Measured } from "../../contracts/records.ts";
import type { Chapter } from "../story/chapters.ts";
import type { Facts } from "../story/facts.ts";
import { type Marker, timeChart } from "./charts.ts";
import { type Html, html, raw, table } from "./html.ts";
import { lineageSection } from "./lineage.ts";
import { STYLE } from "./style.ts";

const time = (at: number | string): string => new Date(at).toISOString().slice(0, 16).replace("T", " ");
const short = (id: string): string => id.slice(0, 8);
const badge = (ok: boolean, text: string): Html =>
  html`<span class="badge ${ok ? "good" : "bad"}">${text}</span>`;
export const measured = (value: Measured | null | undefined): string =>
  value ? `${value.value.toFixed(4)} (${value.low.toFixed(4)} to ${value.high.toFixed(4)})` : "–";

export function renderReport(facts: Facts, chapters: readonly Chapter[]): string {
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Sluice: the loop on one machine</title><style>${raw(STYLE)}</style></head>
<body><main>
<h1>Sluice: the whole loop on one machine</h1>
<p class="lead">A model for a bank's call list went from commit to production, met drift, was retrained, and survived a bad release. Everything below was read
from the sandbox's AWS APIs after the story had ended. Times are virtual (UTC), ${time(facts.start)} to ${time(facts.end)}.</p>
${summarySection(chapters)}
${accountingSection(facts)}
${driftSection(facts)}
${qualitySection(facts)}
${runsSection(facts)}
${evaluationSection(facts)}
${retrainingSection(facts)}
${alarmSection(facts)}
${lineageSection(facts.records.lineage)}
</main></body></html>`;
  return page.text;
}

function summarySection(chapters: readonly Chapter[]): Html {
  return html`<section><h2>What came out</h2>${chapters.map(
    (
      chapter,
      index,
    ) => html`<article class="chapter"><h3>${index + 1}. ${chapter.title} ${badge(chapter.ok, chapter.ok ? "as it must" : "not as it must")}</h3>
<ul>${chapter.findings.map((finding) => html`<li class="${finding.ok ? "" : "failed"}">${finding.ok ? "✓" : "✗"} ${finding.text}</li>`)}</ul></article>`,
  )}</section>`;
}

function accountingSection({ accounting: a }: Facts): Html {
  return html`<section><h2>Every request accounted for</h2>${table(
    [
      "sent",
      "answered",
      "failed",
      "captured",
      "captured twice",
      "answered, not captured",
      "labels delivered",
      "labels taken in",
      "labels to come",
    ],
    [
      [
        a.sent,
        a.answered,
        a.failed,
        a.captured,
        a.capturedTwice,
        a.answeredWithoutCapture,
        a.labelsDelivered,
        a.labelsAccepted,
        a.labelsPending,
      ],
    ],
  )}</section>`;
}

function deployments(facts: Facts): Marker[] {
  return facts.records.lineage
    .filter((entry) => entry.environment === "prod")
    .map((entry) => ({ at: Date.parse(entry.deployedAt), label: short(entry.release.releaseId) }));
}

function driftSection(facts: Facts): Html {
  const at = (window: { to: string }): number => Date.parse(window.to);
  const share = facts.drift.map(
    (window) =>
      [
        at(window),
        window.look === "insufficient" ? null : window.features.filter((feature) => feature.drifted).length,
      ] as const,
  );
  const named = new Map<string, number>();
  for (const window of facts.drift)
    for (const feature of window.features)
      if (feature.drifted) named.set(feature.name, (named.get(feature.name) ?? 0) + 1);
  const count = (verdict: string): number =>
    facts.drift.filter((window) => window.verdict === verdict).length;
  return html`<section><h2>Drift</h2>
<p>Each window of requests is compared with what the model in service was trained on. A feature drifts only when it is significant after adjustment for all features
<em>and</em> its effect is large; the data set drifts when k of the last n looks do. Dotted lines: deployments.</p>
${raw(
  timeChart({
    title: "Drifted features per window",
    yName: "features",
    series: [{ name: "drifted features", points: share }],
    markers: deployments(facts),
    min: 0,
  }),
)}
${table(["windows", "drift", "stable", "insufficient"], [[facts.drift.length, count("drift"), count("stable"), count("insufficient")]])}
${table(
  ["feature", "windows in which it drifted"],
  [...named].sort((a, b) => b[1] - a[1]),
)}</section>`;
}

function qualitySection(facts: Facts): Html {
  const at = (hour: { to: string }): number => Date.parse(hour.to);
  const metric = facts.quality[0]?.metric ?? "quality";
  return html`<section><h2>Quality with late labels</h2>
<p>Labels arrive hours after their prediction. Each hour the newest labelled rows are judged together; the reference is the model's own value on its holdout.</p>
${raw(
  timeChart({
    title: `${metric} of the model in service`,
    yName: metric,
    series: [
      { name: metric, points: facts.quality.map((hour) => [at(hour), hour.value?.value ?? null] as const) },
      {
        name: "at evaluation",
        points: facts.quality.map((hour) => [at(hour), hour.reference] as const),
        dashed: true,
      },
    ],
    markers: deployments(facts),
  }),
)}
${raw(
  timeChart({
    title: "Mean error and share of positives per hour",
    yName: "share",
    series: [
      {
        name: "mean squared error",
        points: facts.quality.map((hour) => [at(hour), hour.meanError] as const),
      },
      {
        name: "share of positives",
        points: facts.quality.map(
          (hour) =>
            [
              at(hour),
              hour.positives !== null && hour.labelled > 0 ? hour.positives / hour.labelled : null,
            ] as const,
        ),
        dashed: true,
      },
    ],
    markers: deployments(facts),
    min: 0,
  }),
)}
${beforeAndAfter(facts)}</section>`;
}

/** For each deployment of a retrained model: the hours before it, and those after it whose rows it answered. */
function beforeAndAfter(facts: Facts): Html {
  const retrained = facts.records.lineage.filter(
    (entry) => entry.environment === "prod" && entry.release.cause.kind === "retraining",
  );
  const mean = (values: readonly number[]): string =>
    values.length === 0 ? "–" : (values.reduce((a, b) => a + b, 0) / values.length).toFixed(4);
  const rows = retrained.map((entry, index) => {
    const deployedAt = Date.parse(entry.deployedAt);
    const next = retrained[index + 1]
      ? Date.parse((retrained[index + 1] as (typeof retrained)[number]).deployedAt)
      : Number.POSITIVE_INFINITY;
    const before = facts.quality.filter(
      (hour) => Date.parse(hour.to) <= deployedAt && Date.parse(hour.to) > deployedAt - 12 * 3_600_000,
    );
    const after = facts.quality.filter(
      (hour) =>
        Date.parse(hour.from) >= deployedAt &&
        Date.parse(hour.from) < Math.min(next, deployedAt + 12 * 3_600_000),
    );
    const errors = (hours: typeof before): string =>
      mean(hours.flatMap((hour) => (hour.meanError === null ? [] : [hour.meanError])));
    const values = (hours: typeof before): string =>
      mean(hours.flatMap((hour) => (hour.value === null ? [] : [hour.value.value])));
    return [
      short(entry.release.releaseId),
      time(entry.deployedAt),
      values(before),
      values(after),
      errors(before),
      errors(after),
    ];
  });
  return html`<h3>Before and after each retraining (means over 12 hours on each side)</h3>${table(["release", "deployed", `${facts.quality[0]?.metric ?? ""} before`, "after", "mean error before", "after"], rows)}`;
}

function runsSection(facts: Facts): Html {
  return html`<section><h2>Pipeline runs</h2>${facts.runs.map(
    (
      run,
    ) => html`<details ${run.status === "Failed" ? raw("open") : ""}><summary><code>${short(run.id)}</code> ${time(run.startedAt)} · ${causeOf(facts, run.id)} · ${badge(run.status === "Succeeded", run.status)}</summary>
${table(
  ["stage", "action", "status", "from", "to", "result"],
  run.actions.map((action) => [
    action.stage,
    action.action,
    action.status,
    time(action.startedAt),
    action.endedAt === null ? "" : time(action.endedAt),
    action.summary,
  ]),
)}</details>`,
  )}</section>`;
}

function causeOf(facts: Facts, id: string): string {
  const act = Object.entries(facts.executions).find(([, execution]) => execution === id)?.[0];
  const names: Record<string, string> = {
    first: "first release",
    badCommit: "bad commit",
    badData: "bad data",
    badRelease: "bad release",
    repair: "repair",
  };
  const release = facts.records.releases.find((record) => record.releaseId === id);
  if (act) return names[act] ?? act;
  return release?.cause.kind === "retraining" ? `retraining for ${release.cause.cause}` : "commit";
}

function evaluationSection(facts: Facts): Html {
  const judged = facts.records.releases.filter((release) => release.evaluation);
  return html`<section><h2>Verdicts on candidates</h2><p>Intervals are 95 % bootstrap intervals on the holdout, the newest quarter of each data set.</p>${table(
    [
      "release",
      "data set",
      "verdict",
      "holdout rows",
      "metrics",
      "against the champion",
      "reasons",
      "approval",
    ],
    judged.map((release) => {
      const evaluation = release.evaluation as NonNullable<typeof release.evaluation>;
      const { comparison } = evaluation;
      return [
        html`<code>${short(release.releaseId)}</code>`,
        release.datasetId,
        badge(evaluation.verdict === "pass", evaluation.verdict),
        evaluation.holdoutRows,
        html`${Object.entries(evaluation.metrics).map(([name, value]) => html`${name} ${measured(value)}<br>`)}`,
        comparison
          ? `${comparison.metric}: ${measured(comparison.difference)}, margin ${comparison.margin}, champion ${short(comparison.champion)}`
          : "–",
        evaluation.reasons.map((reason) => reason.message).join("; "),
        release.approval ? `${release.approval.status} by ${release.approval.by}` : "–",
      ];
    }),
  )}</section>`;
}

function retrainingSection(facts: Facts): Html {
  return html`<section><h2>Requests for retraining</h2>${table(
    ["decided", "cause", "answer", "reason", "numbers"],
    facts.records.requests.map((request) => [
      time(request.decidedAt),
      request.cause,
      badge(request.decision === "started", request.decision),
      request.reason,
      JSON.stringify(request.numbers),
    ]),
  )}</section>`;
}

function alarmSection(facts: Facts): Html {
  return html`<section><h2>Alarms</h2>${table(
    ["when", "alarm", "state", "reason"],
    facts.alarms.map((change) => [
      time(change.at),
      change.alarm,
      badge(change.state === "OK", change.state),
      change.reason,
    ]),
  )}</section>`;
}
