/**
 * How long things take, in virtual time. AWS gives no promise; these are ordinary values for small CPU instances, so that stories
 * and time-outs meet realistic waits. Milliseconds.
 */
export interface Timings {
  /** Starting, before the inputs are read. */
  readonly jobStartMs: number;
  readonly jobDownloadMs: number;
  /** The training container's own work (sleeps of the script are added). */
  readonly trainingMs: number;
  readonly transformMs: number;
  readonly jobUploadMs: number;
  readonly endpointCreateMs: number;
  /** A new fleet until its health checks pass. */
  readonly fleetCreateMs: number;
  readonly weightsUpdateMs: number;
  readonly endpointDeleteMs: number;
  readonly modelPackageMs: number;
  /** Captured records reach S3 this often. */
  readonly captureFlushMs: number;
}

export const defaultTimings: Timings = {
  jobStartMs: 45_000,
  jobDownloadMs: 15_000,
  trainingMs: 90_000,
  transformMs: 60_000,
  jobUploadMs: 15_000,
  endpointCreateMs: 180_000,
  fleetCreateMs: 120_000,
  weightsUpdateMs: 60_000,
  endpointDeleteMs: 30_000,
  modelPackageMs: 5_000,
  captureFlushMs: 285_000,
};

/** Limits of real waiting, because a process that hangs would stop the clock for ever. Milliseconds of wall clock. */
export interface Watchdogs {
  readonly jobMs: number;
  readonly pingMs: number;
  readonly invocationMs: number;
}

export const defaultWatchdogs: Watchdogs = { jobMs: 120_000, pingMs: 30_000, invocationMs: 15_000 };
