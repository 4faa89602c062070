/** The brakes of retraining: one at a time, one answer a cause, a cooldown, a weekly budget, and a person after failures in a row. */
import type { ModelSpec } from "../../contracts/modelSpec.ts";
import {
  MOST_JOIN_SECONDS,
  type PreparingRetraining,
  type RetrainingCause,
  type RetrainingJoin,
  type RetrainingState,
} from "../../contracts/records.ts";

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
  | "too-few-labels"
  | "join-failed";

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
  preparing: null,
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
  const { preparing } = state;
  if (preparing && preparing.requestId !== request.requestId && isJoining(preparing, now))
    return refuse(
      "already-running",
      `the data of retraining ${preparing.requestId} (${preparing.cause}) have been joined since ${preparing.since}`,
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

/** An hour more than the state machine lasts: then what stands here is what a death left, and the next request may begin. */
const isJoining = ({ since }: PreparingRetraining, now: Date): boolean =>
  now.getTime() - Date.parse(since) < (MOST_JOIN_SECONDS + 3600) * 1000;

/** The request whose work is under way, if it is not this one. */
export function occupiedBy(
  { running, preparing }: Pick<RetrainingState, "running" | "preparing">,
  requestId: string,
  now: Date,
): string | null {
  if (running && running.requestId !== requestId) return running.requestId;
  return preparing && preparing.requestId !== requestId && isJoining(preparing, now)
    ? preparing.requestId
    : null;
}

function withinWeek(state: RetrainingState, now: Date): string[] {
  return state.startedThisWeek.filter((at) => now.getTime() - Date.parse(at) < WEEK_MILLISECONDS);
}

/** The state once a request is begun. Its cause counts as answered unless the retraining fails (see {@link retrainingEnded}). */
export function retrainingStarted(
  state: RetrainingState,
  request: RetrainingRequest,
  now: Date,
  join?: RetrainingJoin,
): RetrainingState {
  const at = now.toISOString();
  return {
    ...state,
    preparing: null,
    running: {
      requestId: request.requestId,
      causeKey: request.causeKey,
      cause: request.cause,
      startedAt: at,
      ...(join ? { join } : {}),
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
