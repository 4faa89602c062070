/** `rollout` of `model.yaml`: the steps that a release may take to an environment, and the rules that look across their fields. */
import * as z from "zod";
import { durationSeconds, milliseconds, percentShare } from "./units.ts";

const rolloutStep = z.discriminatedUnion("strategy", [
  z.strictObject({
    strategy: z.literal("allAtOnce"),
    bake: durationSeconds,
  }),
  z.strictObject({
    strategy: z.literal("canary"),
    /** Share of capacity that takes the first traffic; SageMaker allows at most half. */
    size: percentShare.refine(
      (share) => share > 0 && share <= 0.5,
      "expected more than 0 % and at most 50 %",
    ),
    bake: durationSeconds,
    finalBake: durationSeconds,
  }),
  z.strictObject({
    strategy: z.literal("linear"),
    size: percentShare.refine((share) => share >= 0.1 && share <= 0.5, "expected 10 % to 50 %"),
    bake: durationSeconds,
    finalBake: durationSeconds,
  }),
  z.strictObject({
    strategy: z.literal("weightedCanary"),
    /** Shares of the requests that the challenger answers, one after the other. */
    weights: z
      .array(
        percentShare.refine((share) => share > 0 && share <= 0.5, "expected more than 0 % and at most 50 %"),
      )
      .min(1)
      .max(6)
      .refine(
        (weights) => weights.every((weight, i) => i === 0 || weight > (weights[i - 1] as number)),
        "expected rising shares, such as [5 %, 20 %, 50 %]",
      ),
    /** Each weight is judged by itself, for at least and at most so long; a look a minute, of which CloudWatch gives a day at once. */
    atLeast: durationSeconds.refine(
      (s) => s >= 600,
      "expected at least 10 minutes, the least that is judged",
    ),
    atMost: durationSeconds.refine((s) => s <= 86_400, "expected at most a day"),
    /** Requests that each side must have answered at the last weight before a promotion. */
    requests: z.int().min(50).default(200),
    /** How much worse still counts as not worse. */
    margins: z.strictObject({
      /** Share of requests answered with 5XX. */
      errorRate: percentShare.refine(
        (share) => share > 0 && share < 1,
        "expected more than 0 % and less than 100 %",
      ),
      /** 90th percentile of the model latency, as a share of the champion's. */
      latencyP90: percentShare.refine((share) => share > 0, "expected more than 0 %"),
      /** Mean score, in either direction; of a regression in units of the label. */
      score: z.number().gt(0),
    }),
  }),
]);

/** A phase before the step: the challenger answers copies of the requests, and its answers are compared with the champion's. */
const rolloutShadow = z.strictObject({
  /** Share of the requests that the challenger gets a copy of. */
  sampling: percentShare.refine((share) => share > 0, "expected more than 0 %"),
  /** Nothing is promoted before it was shadowed this long. */
  atLeast: durationSeconds,
  /** Undecided by then, the rollout goes back: a shadow fleet is paid for while it exists. */
  atMost: durationSeconds.refine((s) => s <= 3 * 86_400, "expected at most 3 days"),
  minimumPairs: z.int().min(30),
  /** Share of decisions on different sides of the threshold 0.5 (binary classification only). */
  maximumDisagreement: percentShare
    .refine((share) => share > 0 && share < 1, "expected more than 0 % and less than 100 %")
    .optional(),
  /** Mean absolute distance of paired scores; of a regression in units of the label. */
  maximumScoreDistance: z.number().gt(0),
});

/** Target tracking of requests an instance: instances come and go between two rollouts, never during one. */
const autoscaling = z.strictObject({
  maximumInstances: z.int().min(2).max(100),
  /** Requests a minute that one instance should get. */
  invocationsPerInstance: z.number().gt(0),
  /** Least time between two additions, and between two removals, of instances. */
  scaleOutCooldown: durationSeconds.default(300),
  scaleInCooldown: durationSeconds.default(300),
});

/** How a release goes to one environment. */
export const rolloutSettings = z.strictObject({
  /** Instances that serve; with autoscaling the least. */
  instances: z.int().min(1).max(100),
  autoscaling: autoscaling.optional(),
  shadow: rolloutShadow.optional(),
  step: rolloutStep,
  alarms: z.strictObject({
    /** Share of requests that end in a 5XX, above which the rollout goes back. */
    errorRate: percentShare,
    latencyP90: milliseconds,
  }),
  /** What to do when nobody sends requests: a canary without traffic has proved nothing. */
  withoutTraffic: z.enum(["hold", "allow"]).default("hold"),
  /** Requests in the last fifteen minutes below which there is no traffic to judge by. */
  minimumRequests: z.int().min(1).default(20),
});

export type AutoscalingSettings = z.output<typeof autoscaling>;
export type RolloutSettings = z.output<typeof rolloutSettings>;
export type ShadowSettings = NonNullable<RolloutSettings["shadow"]>;
export type WeightedStep = Extract<RolloutSettings["step"], { strategy: "weightedCanary" }>;

/** What the rules need to know of the rest of the specification. */
interface Facts {
  readonly classifies: boolean;
  /** Whether any request is captured. */
  readonly isCaptured: boolean;
}

/** Path below the environment's settings, and what is wrong there. */
export type RolloutProblem = [path: string[], message: string];

export function rolloutProblems(settings: RolloutSettings, facts: Facts): RolloutProblem[] {
  const problems = [...shadowProblems(settings, facts), ...weightProblems(settings, facts)];
  if (settings.step.strategy === "canary" && settings.instances < 2)
    problems.push([["instances"], `expected at least 2 instances for a canary, got ${settings.instances}`]);
  const { autoscaling: scaling } = settings;
  if (scaling && scaling.maximumInstances <= settings.instances)
    problems.push([
      ["autoscaling", "maximumInstances"],
      `expected more than instances = ${settings.instances}, got ${scaling.maximumInstances}`,
    ]);
  return problems;
}

/** What a weighted canary needs of the rest of the specification. */
function weightProblems(
  { step, shadow, withoutTraffic }: RolloutSettings,
  { isCaptured }: Facts,
): RolloutProblem[] {
  if (step.strategy !== "weightedCanary") return [];
  const problems: RolloutProblem[] = [];
  if (step.atMost <= step.atLeast)
    problems.push([
      ["step", "atMost"],
      `expected more than atLeast = ${step.atLeast} seconds, got ${step.atMost} seconds`,
    ]);
  if (shadow)
    problems.push([["shadow"], "remove it: a weighted canary compares answers itself; take one of the two"]);
  if (withoutTraffic !== "hold")
    problems.push([
      ["withoutTraffic"],
      'expected "hold": a weighted canary without traffic compares nothing',
    ]);
  if (!isCaptured)
    problems.push([
      ["step", "strategy"],
      "expected monitoring.capture above 0 %, because scores are read from captures",
    ]);
  return problems;
}

/** What a shadow phase needs of the rest of the specification. */
function shadowProblems(
  { shadow, withoutTraffic }: RolloutSettings,
  { classifies, isCaptured }: Facts,
): RolloutProblem[] {
  if (!shadow) return [];
  const problems: RolloutProblem[] = [];
  if (classifies && shadow.maximumDisagreement === undefined)
    problems.push([
      ["shadow", "maximumDisagreement"],
      'expected a percentage such as "5 %", because the task is binary-classification',
    ]);
  if (!classifies && shadow.maximumDisagreement !== undefined)
    problems.push([
      ["shadow", "maximumDisagreement"],
      "remove it: a regression decides nothing that could disagree",
    ]);
  if (shadow.atMost <= shadow.atLeast)
    problems.push([
      ["shadow", "atMost"],
      `expected more than atLeast = ${shadow.atLeast} seconds, got ${shadow.atMost} seconds`,
    ]);
  if (withoutTraffic !== "hold")
    problems.push([["withoutTraffic"], 'expected "hold": a shadow without traffic compares nothing']);
  if (!isCaptured)
    problems.push([
      ["shadow"],
      "expected monitoring.capture of more than 0 %: captures are what is compared",
    ]);
  return problems;
}
