/**
 * The weighted canary: champion and challenger serve side by side, the challenger a rising share of the requests, and are judged by
 * sequential tests. Each weight is judged by itself, because rates of other hours and other shares, added up, compare unlike with unlike
 * (Simpson's paradox); the weights share the chance of a false rollback.
 */

import type { RolloutRecord, RolloutResult, WeightFacts } from "../../contracts/records.ts";
import type { RolloutSettings, WeightedStep } from "../../contracts/rolloutSpec.ts";
import { cancelled, leave, notServingBeside, WEIGHTS } from "./beside.ts";
import { type CanaryVerdict, type JudgePolicy, type JudgeReason, judgeCanary } from "./judge/index.ts";
import { type Observation, POLL_SECONDS, stay, type Turn } from "./turn.ts";

/** Chance that an equal challenger is ever rolled back, over all weights. */
const ROLLBACK_ERROR = 0.02;
/** Reasons that say nothing about the challenger: more of the requests would be given away blindly. */
const BLIND: readonly JudgeReason[] = ["NotEnoughLooks", "NoTraffic", "OneSidedTraffic", "MetricMissing"];
/** Minutes without traffic on a side that are a hold. */
const IDLE_MINUTES = 15;

function judgePolicy(step: WeightedStep): Partial<JudgePolicy> {
  return {
    metrics: [
      { name: "errors", kind: "rate", margin: step.margins.errorRate },
      { name: "latency", kind: "value", compare: "ratio", margin: step.margins.latencyP90 },
      { name: "score", kind: "value", worse: "either", margin: step.margins.score },
    ],
    rollbackError: ROLLBACK_ERROR / step.weights.length,
    minimumRequests: step.requests,
    // Its time ends a weight, not its looks.
    maximumLooks: Number.POSITIVE_INFINITY,
    idleLooks: IDLE_MINUTES,
  };
}

/** Both configurations are made now: clean-up finds the challenger's model by its configuration. */
export function enterWeights(record: RolloutRecord, step: WeightedStep): Turn {
  return stay(
    "entering-weights",
    `${record.requestedConfigName} beside ${record.fromConfigName}, first with ${percent(step.weights[0])} of the requests`,
    POLL_SECONDS,
    [
      { kind: "deregisterScalableTarget" },
      { kind: "createModelAndConfig" },
      { kind: "createWeightedConfig" },
      { kind: "updateToWeights" },
    ],
  );
}

/** The first weight was found serving: it counts from now, because nobody saw when it began. */
export function weightsAreLive(record: RolloutRecord, seen: Observation): Turn {
  if (record.cancelRequested) return leave(WEIGHTS, cancelled(WEIGHTS));
  return {
    ...stay("weighing", `${record.requestedConfigName} serves beside the champion`),
    weights: { index: 0, since: new Date(seen.now).toISOString(), verdict: null },
  };
}

export function weighing(record: RolloutRecord, seen: Observation, { step }: RolloutSettings): Turn {
  const other = notServingBeside(WEIGHTS, record, seen);
  if (other) return other;
  if (step.strategy !== "weightedCanary") return leave(WEIGHTS, cancelled(WEIGHTS));
  if (!record.weights) return weightsAreLive(record, seen);
  const verdict = judgeCanary(seen.looks ?? [], judgePolicy(step));
  const weights = { ...record.weights, verdict: { reason: verdict.reason, numbers: numbersOf(verdict) } };
  return decide(record, seen, step, weights, verdict);
}

function decide(
  record: RolloutRecord,
  seen: Observation,
  step: WeightedStep,
  weights: WeightFacts,
  verdict: CanaryVerdict,
): Turn {
  const said = `${percent(step.weights[weights.index])} of the requests: ${describe(verdict)}`;
  const seconds = (seen.now - Date.parse(weights.since)) / 1000;
  const back = (code: string, message: string): Turn => {
    const leaving: RolloutResult = { code, message, numbers: numbersOf(verdict) };
    return { ...leave(WEIGHTS, leaving), weights };
  };
  if (verdict.verdict === "rollback") return back("challenger-worse", said);
  const isLast = weights.index === step.weights.length - 1;
  const isFine = isLast ? verdict.verdict === "promote" : mayRaise(verdict);
  if (isFine && seconds >= step.atLeast)
    return isLast ? { ...finish(record, said), weights } : raise(seen, step, weights.index + 1, said);
  if (seconds >= step.atMost)
    return back(
      "weights-undecided",
      `undecided after ${Math.round(seconds / 60)} minutes, a person decides: ${said}`,
    );
  return { ...stay("weighing", `${verdict.verdict === "hold" ? "hold: " : ""}${said}`), weights };
}

/** More requests are given only to what was seen and looks no worse than the margins, proven or not. */
function mayRaise({ verdict, reason, findings, policy }: CanaryVerdict): boolean {
  if (verdict === "promote") return true;
  const looksWorse = findings.some(({ metric, difference, margin }) => {
    const isEither = policy.metrics.find(({ name }) => name === metric)?.worse === "either";
    return difference !== null && (isEither ? Math.abs(difference) : difference) >= margin;
  });
  return !BLIND.includes(reason) && !looksWorse;
}

/** The rest of the way: guardrails need the variants of both configurations to have the same names, and the challenger's goes. */
function finish(record: RolloutRecord, said: string): Turn {
  return stay("updating", `updating to ${record.requestedConfigName} alone: ${said}`, POLL_SECONDS, [
    { kind: "createModelAndConfig" },
    { kind: "updateFromWeights" },
  ]);
}

function raise(seen: Observation, step: WeightedStep, index: number, said: string): Turn {
  return {
    ...stay("weighing", `raised to ${percent(step.weights[index])}; at ${said}`, POLL_SECONDS, [
      { kind: "setWeights", index },
    ]),
    weights: { index, since: new Date(seen.now).toISOString(), verdict: null },
  };
}

const percent = (share: number | undefined): string => `${Number(((share ?? 0) * 100).toFixed(2))} %`;

function numbersOf(verdict: CanaryVerdict): Record<string, number> {
  const numbers: Record<string, number> = {
    looks: verdict.looks,
    championRequests: verdict.requests.champion,
    challengerRequests: verdict.requests.challenger,
  };
  for (const { metric, champion, challenger, difference, low, high, margin } of verdict.findings)
    for (const [name, value] of Object.entries({ champion, challenger, difference, low, high, margin }))
      if (value !== null && Number.isFinite(value))
        numbers[`${metric}${name.charAt(0).toUpperCase()}${name.slice(1)}`] = value;
  return numbers;
}

/** One sentence with the numbers that the verdict rests on. Ratios are told as their logarithm, as they are compared. */
function describe(verdict: CanaryVerdict): string {
  const figure = (value: number | null): string =>
    value === null ? "none" : String(Number(value.toPrecision(3)));
  const parts = verdict.findings.map(
    (of) =>
      `${of.metric} ${figure(of.champion)} and ${figure(of.challenger)} (worse by ${figure(of.low)} to ${figure(of.high)}, margin ${figure(of.margin)})`,
  );
  const { champion, challenger } = verdict.requests;
  const metric = verdict.metric === null ? "" : ` in ${verdict.metric}`;
  return `${verdict.reason}${metric} after ${verdict.looks} minutes, ${champion} and ${challenger} requests: ${parts.join("; ")}`;
}
