/** One alarm, one answer: roll back, ask for retraining, or call a person. */
import type { ModelSpec } from "../../contracts/modelSpec.ts";
import type { LiveRecord, RetrainingCause } from "../../contracts/records.ts";

/** What an alarm of a model says is wrong; the last part of its name. */
export type AlarmKind = "errors" | "latency" | "drift" | "concept-drift" | "quality" | "heartbeat";
export const ALARM_KINDS: readonly AlarmKind[] = [
  "errors",
  "latency",
  "drift",
  "concept-drift",
  "quality",
  "heartbeat",
];

export type Remedy =
  | { readonly action: "rollback"; readonly reason: string }
  | { readonly action: "retrain"; readonly cause: RetrainingCause; readonly reason: string }
  | { readonly action: "page"; readonly reason: string }
  | { readonly action: "wait"; readonly reason: string };

/** An alarm as it stands: what is wrong, and since when. */
export interface OpenTrouble {
  readonly kind: AlarmKind;
  readonly since: Date;
}

/**
 * Decides by the table of docs/runbooks: errors or latency go back while a previous model stands ready, else page; drift retrains; a quality
 * loss soon after a deployment goes back, later it retrains; a silent monitor pages. An alarm that is older than the model in service
 * speaks of the model before it and never rolls the new one back.
 */
export function decideRemedy(
  trouble: OpenTrouble,
  live: LiveRecord | null,
  settings: ModelSpec["retraining"],
  now: Date,
): Remedy {
  const { kind } = trouble;
  const deployedAt = live ? Date.parse(live.live.deployedAt) : Number.NEGATIVE_INFINITY;
  const sinceDeployment = (now.getTime() - deployedAt) / 1000;
  const isRecent = sinceDeployment <= settings.rollBackWithin;
  const isOlder = trouble.since.getTime() < deployedAt;
  const target = live?.previous?.endpointConfigName ?? null;
  const goBack: Remedy | null =
    target !== null && isRecent && !isOlder
      ? {
          action: "rollback",
          reason: `${kind} ${minutes(sinceDeployment)} after a deployment; ${target} stands ready`,
        }
      : null;
  switch (kind) {
    case "errors":
    case "latency":
      return goBack ?? { action: "page", reason: pageReason(kind, target, isOlder) };
    case "drift":
      return { action: "retrain", cause: kind, reason: "inputs have drifted from the training data" };
    case "concept-drift":
      return { action: "retrain", cause: kind, reason: "the relation of inputs to labels has changed" };
    case "quality":
      if (isOlder && isRecent)
        return {
          action: "wait",
          reason: "the alarm speaks of the model before; labels of the new one have not come yet",
        };
      return (
        goBack ?? { action: "retrain", cause: "quality", reason: "realised quality is below its tolerance" }
      );
    case "heartbeat":
      return { action: "page", reason: "the monitor has been silent: nobody watches this model" };
  }
}

function pageReason(kind: AlarmKind, target: string | null, isOlder: boolean): string {
  if (target === null) return `${kind}, and no previous model stands ready`;
  if (isOlder) return `${kind} since before the last deployment: the model is not the cause`;
  return `${kind} long after the last deployment: the model is not the likely cause`;
}

const minutes = (seconds: number): string => `${Math.round(seconds / 60)} minutes`;
