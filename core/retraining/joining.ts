/** The data of a retraining while they are joined: whether a join can be worth its cost, and how its beginning and end are remembered. */
import type { LabelCount, PreparingRetraining, RetrainingState } from "../../contracts/records.ts";
import { retrainingEnded } from "./decide.ts";

/** `{"id":"","value":""}` and a comma: no label takes fewer bytes. */
const LEAST_LABEL_BYTES = 21;

/** How many ids can have a label at most, by the bytes of the files, for {@link mostFreshRows}: where they are too many to be read. */
export const labelsAtMost = (
  { lastJoin }: Pick<RetrainingState, "lastJoin">,
  datasetId: string,
  bytes: number,
): number =>
  lastJoin?.datasetId === datasetId && lastJoin.labelBytes !== undefined
    ? lastJoin.labels + Math.floor(Math.max(0, bytes - lastJoin.labelBytes) / LEAST_LABEL_BYTES)
    : Math.floor(bytes / LEAST_LABEL_BYTES);

/** The state while the data of a request are joined; one at a time. */
export const joinBegun = (state: RetrainingState, preparing: PreparingRetraining): RetrainingState => ({
  ...state,
  preparing,
});

/** The state when a join has ended and its data were not taken: nobody prepares. An execution that another took over changes nothing. */
export const joinEnded = (state: RetrainingState, execution: string): RetrainingState =>
  state.preparing?.join.execution === execution ? { ...state, preparing: null } : state;

/**
 * The state when a join failed for good. A retraining that it had begun already has failed with it; else it counts as a beginning for the
 * cooldown, so that a sweep does not pay for the same failure every few minutes.
 */
export function joinFailed(state: RetrainingState, execution: string, now: Date): RetrainingState {
  if (state.preparing?.join.execution === execution)
    return { ...state, preparing: null, lastStartedAt: now.toISOString() };
  const { running } = state;
  return running?.join?.execution === execution && !running.pipelineExecutionId
    ? retrainingEnded(state, running.requestId, false)
    : state;
}

/**
 * How many labelled rows a retraining can have at most, before captures and labels are joined: what the last join gave, and every label
 * that came since or had found no capture. Without a join for this dataset, every label may count.
 */
export function mostFreshRows(
  { lastJoin }: Pick<RetrainingState, "lastJoin">,
  datasetId: string,
  labels: number,
): number {
  if (lastJoin?.datasetId !== datasetId) return labels;
  const since = Math.max(0, labels - lastJoin.labels);
  return Math.min(labels, lastJoin.freshRows + lastJoin.unmatched + since);
}

/** The state after a join, for {@link mostFreshRows}. */
export const joinCounted = (state: RetrainingState, count: LabelCount): RetrainingState => ({
  ...state,
  lastJoin: count,
});
