/** What the monitor writes: one file a window for drift, one file an hour for quality with labels. */
import type { Measured, Versioned } from "./records.ts";

export interface FeatureFinding {
  readonly name: string;
  /** Name of the test that fitted the feature's type and size. */
  readonly test: string;
  readonly pValue: number | null;
  readonly adjustedPValue: number | null;
  readonly effect: number | null;
  readonly drifted: boolean;
  readonly missingShare: number;
}

/** `windows/<model>/drift/<start>.json` of the capture bucket. */
export interface DriftWindow {
  readonly from: string;
  readonly to: string;
  readonly releaseId: string;
  readonly datasetId: string;
  /** Requests of this window, and of all windows looked at together. */
  readonly rows: number;
  readonly pooledRows: number;
  readonly verdict: "drift" | "stable" | "insufficient";
  /** This look alone, before k of n. */
  readonly look: "drift" | "stable" | "insufficient";
  readonly reason: string;
  readonly features: readonly FeatureFinding[];
  readonly prediction: FeatureFinding | null;
  readonly skipped: Readonly<Record<string, number>>;
}

/** `windows/<model>/quality/<hour>.json` of the capture bucket. */
export interface QualityHour {
  readonly from: string;
  readonly to: string;
  readonly releaseId: string;
  readonly predictions: number;
  readonly labelled: number;
  readonly coverage: number;
  /** Rows of the newest hours that were judged together. */
  readonly judgedRows: number;
  readonly metric: string;
  readonly value: Measured | null;
  /** The same metric on the holdout when the model was evaluated. */
  readonly reference: number | null;
  readonly verdict: "ok" | "breach" | "insufficient";
  readonly reason: string;
  readonly conceptDrift: boolean;
  /** Mean error (Brier score, or absolute error) of this hour's labelled rows. */
  readonly meanError: number | null;
  readonly positives: number | null;
  readonly join: Readonly<Record<string, number>>;
}

/** What the monitor remembers between windows. pk `ENDPOINT#<environment>#<model>`, sk `MONITOR`. */
export interface MonitorState extends Versioned {
  readonly releaseId: string;
  /** End of the last window that was looked at, and of the last hour whose labels were judged. */
  readonly windowsUntil: string;
  readonly hoursUntil: string;
  /** Looks of the last n windows, newest last. */
  readonly looks: readonly ("drift" | "stable" | "insufficient")[];
  /** Serialised state of the concept-drift detector. */
  readonly detector: unknown;
}
