/** The lineage of each deployment: what an auditor asks for, in one block. */
import type { LineageRecord } from "../../contracts/records.ts";
import { type Html, html, table } from "./html.ts";

export function lineageSection(lineage: readonly LineageRecord[]): Html {
  return html`<section><h2>Lineage of each deployment</h2><p>Which commit, data, job, verdict and person put this model on this endpoint.</p>${lineage.map(block)}</section>`;
}

/** What an auditor asks about one deployment, in order. */
export function lineageRows({
  release,
  rollout,
  deployed,
  deployedAt,
  environment,
  replaced,
}: LineageRecord): [string, string][] {
  return [
    ["deployed", deployedAt],
    ["commit", `${release.commit.revision} (source ${release.commit.sourceSha256.slice(0, 16)})`],
    [
      "cause",
      release.cause.kind === "commit"
        ? "commit"
        : `retraining for ${release.cause.cause}, request ${release.cause.requestId}`,
    ],
    ["data set", `${release.datasetId ?? ""} · ${release.manifestUri ?? ""}`],
    ["training job", release.trainingJobName ?? "–"],
    ["model", release.modelDataUri ?? "–"],
    ["model package", release.modelPackageArn ?? "–"],
    [
      "verdict",
      `${release.evaluation?.verdict ?? "–"}: ${release.evaluation?.reasons.map((reason) => reason.message).join("; ") ?? ""}`,
    ],
    [
      "approved",
      release.approval
        ? `${release.approval.status} by ${release.approval.by} at ${release.approval.at}: ${release.approval.summary}`
        : environment === "staging"
          ? "not needed in staging"
          : "–",
    ],
    ["endpoint", `${rollout.endpointName}, configuration ${deployed.endpointConfigName}`],
    [
      "replaced",
      replaced
        ? `${replaced.endpointConfigName} (release ${replaced.releaseId.slice(0, 8)})`
        : "the bootstrap placeholder",
    ],
    [
      "rollout",
      rollout.history.map((step) => `${step.at.slice(11, 16)} ${step.phase}: ${step.message}`).join(" → "),
    ],
  ];
}

function block(entry: LineageRecord): Html {
  return html`<details><summary><strong>${entry.environment}</strong> · release <code>${entry.release.releaseId.slice(0, 8)}</code> · ${entry.deployedAt.slice(0, 16).replace("T", " ")}</summary>${table(["", ""], lineageRows(entry))}</details>`;
}
