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
  | { readonly action: "page"; readonly reason: string };

/**
 * Decides by the table of docs/runbooks: errors or latency go back while a previous model stands ready, else page; drift retrains;
 * a quality loss soon after a deployment goes back, later it retrains; a silent monitor pages.
 */
export function decideRemedy(
  kind: AlarmKind,
  live: LiveRecord | null,
  settings: ModelSpec["retraining"],
  now: Date,
): Remedy {
  const sinceDeployment = live
    ? (now.getTime() - Date.parse(live.live.deployedAt)) / 1000
    : Number.POSITIVE_INFINITY;
  const isRecent = sinceDeployment <= settings.rollBackWithin;
  const ready = live?.previous ? live.previous.endpointConfigName : null;
  switch (kind) {
    case "errors":
    case "latency":
      return ready && isRecent
        ? {
            action: "rollback",
            reason: `${kind} ${minutes(sinceDeployment)} after a deployment; ${ready} stands ready`,
          }
        : {
            action: "page",
            reason: ready
              ? `${kind} long after the last deployment: the model is not the likely cause`
              : `${kind}, and no previous model stands ready`,
          };
    case "drift":
    case "concept-drift":
      return {
        action: "retrain",
        cause: kind,
        reason:
          kind === "drift"
            ? "inputs have drifted from the training data"
            : "the relation of inputs to labels has changed",
      };
    case "quality":
      return ready && isRecent
        ? {
            action: "rollback",
            reason: `quality fell ${minutes(sinceDeployment)} after a deployment; ${ready} stands ready`,
          }
        : { action: "retrain", cause: "quality", reason: "realised quality is below its tolerance" };
    case "heartbeat":
      return { action: "page", reason: "the monitor has been silent: nobody watches this model" };
  }
}

const minutes = (seconds: number): string => `${Math.round(seconds / 60)} minutes`;
