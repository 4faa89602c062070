/** Events on the `sluice` bus, and what the state machines and the pipeline hand to the Lambdas. */
import * as z from "zod";

export const EVENT_SOURCE = "sluice";

export const retrainingRequested = z.object({
  modelName: z.string(),
  environment: z.string(),
  cause: z.enum(["drift", "quality", "concept-drift", "schedule", "person"]),
  /** The same key asks for the same retraining: alarm name and the time of its transition. */
  causeKey: z.string().min(1),
  requestedAt: z.string(),
  requestedBy: z.string(),
});
export type RetrainingRequested = z.output<typeof retrainingRequested>;
export const RETRAINING_REQUESTED = "Retraining Requested";

/** `UserParameters` of the pipeline's Lambda actions (at most 1,000 characters, as JSON). */
export const jobParameters = z.object({
  releaseId: z.string(),
  modelName: z.string(),
  /** Raw data prefix; empty means the model's standing data. */
  dataUri: z.string().default(""),
  cause: z.string().default("commit"),
  requestId: z.string().default("none"),
  revision: z.string().default(""),
});
export type JobParameters = z.output<typeof jobParameters>;

/** What the state machine of a check asks for, where no pipeline's job does. */
export const verifyInput = z.object({ releaseId: z.string(), modelName: z.string() });
export type VerifyInput = z.output<typeof verifyInput>;

export interface VerifyOutput {
  readonly summary: string;
}

export const trainingInput = z.object({
  releaseId: z.string(),
  modelName: z.string(),
  /** Name of the state machine execution; makes job names unique for each attempt. */
  execution: z.string(),
});
export type TrainingInput = z.output<typeof trainingInput>;

/** What one turn of a rollout's state machine asks for. */
export const advanceInput = z.object({
  modelName: z.string(),
  releaseId: z.string().default(""),
  execution: z.string(),
  kind: z.enum(["release", "rollback"]).default("release"),
});
export type AdvanceInput = z.output<typeof advanceInput>;

export interface AdvanceOutput {
  readonly status: "WAITING" | "SUCCEEDED" | "FAILED";
  readonly waitSeconds: number;
  readonly code: string;
  readonly message: string;
}

/** What the state machine of a join asks for: one more turn, or, with the error that ended it, to give it up. */
export const joinTurn = z.object({
  join: z.object({ modelName: z.string(), execution: z.string() }),
  failure: z.object({ Error: z.string().default("unknown"), Cause: z.string().default("") }).optional(),
});
export type JoinTurn = z.output<typeof joinTurn>;

export interface JoinOutput {
  readonly status: "WAITING" | "DONE";
  readonly waitSeconds: number;
  readonly message: string;
}
