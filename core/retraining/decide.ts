/** The brakes of retraining: one at a time, one answer a cause, a cooldown, a weekly budget, and a person after failures in a row. */
import type { ModelSpec } from "../../contracts/modelSpec.ts";
import type { LabelCount, RetrainingCause, RetrainingState } from "../../contracts/records.ts";

export interface RetrainingRequest {
  readonly requestId: string;
  readonly causeKey: string;
  readonly cause: RetrainingCause;
}

export type RetrainingReason =
  | "started"
  | "resumed"
  | "under-way"
  | "already-answered"
  | "already-running"
  | "cooldown"
  | "budget-spent"
  | "gave-up"
  | "too-few-labels";

export interface RetrainingDecision {
  readonly start: boolean;
  readonly reason: RetrainingReason;
  readonly message: string;
  readonly numbers: Readonly<Record<string, number>>;
}

const WEEK_MILLISECONDS = 7 * 86_400_000;
/** Enough to recognise a repeated event of the last days; the oldest are forgotten. */
const ANSWERED_KEPT = 200;

export const INITIAL_RETRAINING_STATE: RetrainingState = {
  version: 0,
  running: null,
  lastStartedAt: null,
  startedThisWeek: [],
  withoutHelp: 0,
  answered: [],
  lastJoin: null,
};

type Settings = ModelSpec["retraining"];

const refuse = (
  reason: RetrainingReason,
  message: string,
  numbers: Record<string, number> = {},
): RetrainingDecision => ({
  start: false,
  reason,
  message,
  numbers,
});

/**
 * Decides a request. Work that was begun and has not reached the pipeline is taken up again; once the pipeline runs with its data, nothing is
 * done twice. A person's request passes the cooldown, the budget and the stop after failures, never the rule of one at a time.
 * `labels` is the number of labelled rows since the last training set; undefined while it has not been counted.
 */
export function decideRetraining(
  state: RetrainingState,
  request: RetrainingRequest,
  settings: Settings,
  now: Date,
  labels?: number,
): RetrainingDecision {
  if (state.running?.requestId === request.requestId && state.running.pipelineExecutionId)
    return refuse(
      "under-way",
      `this request runs as pipeline execution ${state.running.pipelineExecutionId}`,
    );
  if (state.running?.requestId === request.requestId)
    return {
      start: true,
      reason: "resumed",
      message: "this request was begun before and is taken up again",
      numbers: {},
    };
  if (state.answered.includes(request.causeKey))
    return refuse("already-answered", `${request.causeKey} was answered by an earlier retraining`);
  if (state.running)
    return refuse(
      "already-running",
      `retraining ${state.running.requestId} (${state.running.cause}) has run since ${state.running.startedAt}`,
    );
  const byPerson = request.cause === "person";
  if (!byPerson && state.withoutHelp >= settings.giveUpAfter)
    return refuse(
      "gave-up",
      `${state.withoutHelp} retrainings in a row did not reach production; a person must decide`,
      {
        withoutHelp: state.withoutHelp,
        giveUpAfter: settings.giveUpAfter,
      },
    );
  const sinceLast =
    state.lastStartedAt === null
      ? Number.POSITIVE_INFINITY
      : (now.getTime() - Date.parse(state.lastStartedAt)) / 1000;
  if (!byPerson && sinceLast < settings.cooldown)
    return refuse(
      "cooldown",
      `the last retraining began ${Math.round(sinceLast / 60)} minutes ago; the next may begin ${settings.cooldown / 60} minutes after it`,
      {
        sinceLastSeconds: sinceLast,
        cooldownSeconds: settings.cooldown,
      },
    );
  const spent = withinWeek(state, now).length;
  if (!byPerson && spent >= settings.weeklyBudget)
    return refuse(
      "budget-spent",
      `${spent} retrainings began in the last seven days, ${settings.weeklyBudget} are allowed`,
      {
        spent,
        weeklyBudget: settings.weeklyBudget,
      },
    );
  if (labels !== undefined && labels < settings.minimumLabels)
    return refuse(
      "too-few-labels",
      `${labels} new labelled rows, at least ${settings.minimumLabels} are needed`,
      {
        labels,
        minimumLabels: settings.minimumLabels,
      },
    );
  return {
    start: true,
    reason: "started",
    message: `retraining for ${request.cause} (${request.causeKey})`,
    numbers: labels === undefined ? {} : { labels },
  };
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

function withinWeek(state: RetrainingState, now: Date): string[] {
  return state.startedThisWeek.filter((at) => now.getTime() - Date.parse(at) < WEEK_MILLISECONDS);
}

/** The state once a request is begun. Its cause counts as answered unless the retraining fails (see {@link retrainingEnded}). */
export function retrainingStarted(
  state: RetrainingState,
  request: RetrainingRequest,
  now: Date,
): RetrainingState {
  const at = now.toISOString();
  return {
    ...state,
    running: {
      requestId: request.requestId,
      causeKey: request.causeKey,
      cause: request.cause,
      startedAt: at,
    },
    lastStartedAt: at,
    startedThisWeek: [...withinWeek(state, now), at],
    answered: [...state.answered, request.causeKey].slice(-ANSWERED_KEPT),
  };
}

/**
 * The state once its pipeline ended. Reaching production clears the count of failures; anything else adds to it and leaves the cause
 * unanswered, so that a sweep may ask for it again once the cooldown is over.
 */
export function retrainingEnded(
  state: RetrainingState,
  requestId: string,
  reachedProduction: boolean,
): RetrainingState {
  const { running } = state;
  if (running?.requestId !== requestId) return state;
  return reachedProduction
    ? { ...state, running: null, withoutHelp: 0 }
    : {
        ...state,
        running: null,
        withoutHelp: state.withoutHelp + 1,
        answered: state.answered.filter((key) => key !== running.causeKey),
      };
}
