/**
 * `model.yaml`: everything that a data scientist decides about a model. One schema for the build check, for `pulumi up`, for the
 * Lambdas (as the resolved `spec.json` of a release) and, as JSON Schema, for editors.
 */
import * as z from "zod";
import { CONSISTENCY_CODES } from "./dataset.ts";
import { dvcSettings } from "./dvc.ts";
import { splitProblems, splitSettings } from "./splits.ts";
import { durationSeconds, milliseconds, percentShare } from "./units.ts";

/** SageMaker names: `[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}`; shorter here because suffixes are added. */
export const modelName = z
  .string()
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, "expected lower case letters, digits and single hyphens")
  .max(24, "expected at most 24 characters, because AWS limits the names derived from it to 63");

const instanceType = z
  .string()
  .regex(/^ml\.[a-z0-9-]+\.[a-z0-9]+$/, 'expected a SageMaker instance type such as "ml.m5.large"');
const pythonFile = z.string().regex(/^[\w/-]+\.py$/, 'expected a Python file such as "train.py"');

const feature = z.strictObject({
  name: z.string().min(1),
  type: z.enum(["numeric", "categorical"]),
  /** Sensitive values never appear in reports, logs or examples of failed expectations. */
  sensitive: z.boolean().default(false),
});

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

const rollout = z.strictObject({
  instances: z.int().min(1).max(100),
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

export const classificationMetric = z.enum([
  "rocAuc",
  "prAuc",
  "logLoss",
  "brier",
  "accuracy",
  "f1",
  "precision",
  "recall",
]);
export const regressionMetric = z.enum(["mae", "rmse", "mape", "r2"]);
const metric = z.union([classificationMetric, regressionMetric]);

const shape = z.strictObject({
  name: modelName,
  description: z.string().min(1),
  task: z.enum(["binary-classification", "regression"]),
  label: z.strictObject({
    column: z.string().min(1),
    /** The value that counts as 1 (binary classification only). */
    positive: z.string().optional(),
  }),
  /** ISO dates or date-times; rows are split by it unless `data.splits` says by group, never at random. */
  time: z.strictObject({ column: z.string().min(1) }),
  features: z.array(feature).min(1).max(500),
  data: z.strictObject({
    splits: splitSettings,
    /** Breaks with the data before that are meant, `TypeChanged:age` or `FewerRows`: they warn and no longer stop a release. */
    accept: z
      .array(
        z.string().regex(new RegExp(`^(${CONSISTENCY_CODES.join("|")})(:.+)?$`), {
          error: `expected one of ${CONSISTENCY_CODES.join(", ")}, with ":column" for one column only`,
        }),
      )
      .default([]),
    /** A commit's data are what this DVC file names, instead of what lies below `raw/`. */
    dvc: dvcSettings.optional(),
  }),
  training: z.strictObject({
    image: z.string().min(1).default("sagemaker-xgboost:3.2-0"),
    entryPoint: pythonFile,
    instanceType,
    maxRuntime: durationSeconds,
    hyperparameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  }),
  serving: z.strictObject({ entryPoint: pythonFile, instanceType }),
  evaluation: z.strictObject({
    metric,
    /** Non-inferiority margin on `metric`: the candidate may be worse than the champion by less than this. */
    margin: z.number().min(0),
    /** Fixed limits that a candidate must reach: a minimum, or a maximum for metrics where less is better. */
    limits: z.record(z.string(), z.number()),
  }),
  rollout: z.strictObject({ dev: rollout.optional(), staging: rollout, prod: rollout }),
  monitoring: z.strictObject({
    window: durationSeconds.refine(
      (s) => s >= 300 && s <= 3600 && 3600 % s === 0,
      "expected 5 minutes to 1 hour, a divisor of an hour",
    ),
    /** Captures arrive minutes late: a window is read this long after its end. */
    watermark: durationSeconds,
    capture: percentShare,
    drift: z.strictObject({
      /** Rows that are looked at together: the newest windows are pooled until there are this many. */
      minimumRows: z.int().min(30),
      maximumWindows: z.int().min(1).max(96),
      /** A dataset alarm needs `k` drifted looks among the last `n`. */
      k: z.int().min(1),
      n: z.int().min(1).max(24),
    }),
    quality: z.strictObject({
      metric,
      /** Labels older than this are expected to be there. */
      labelDelay: durationSeconds,
      /** Labelled rows that are looked at together. */
      rows: z.int().min(50),
      /** Share of labels that must have arrived, else the look is "insufficient". */
      coverage: percentShare,
      /** The realised metric may be worse than at evaluation by this much before it counts as a breach. */
      tolerance: z.number().gt(0),
    }),
  }),
  retraining: z.strictObject({
    cooldown: durationSeconds,
    weeklyBudget: z.int().min(0),
    minimumLabels: z.int().min(100),
    /** Newest labelled rows that a retraining set holds, history included. */
    rows: z.int().min(200),
    /** Retrainings in a row that did not reach production before a person is called. */
    giveUpAfter: z.int().min(1),
    /** A quality loss this soon after a deployment is answered by going back. */
    rollBackWithin: durationSeconds,
  }),
});

export type ModelSpec = z.output<typeof shape>;
export type RolloutSettings = ModelSpec["rollout"]["prod"];
export type ShadowSettings = NonNullable<RolloutSettings["shadow"]>;
export type WeightedStep = Extract<RolloutSettings["step"], { strategy: "weightedCanary" }>;
export const ENVIRONMENTS = ["dev", "staging", "prod"] as const;
export type EnvironmentName = (typeof ENVIRONMENTS)[number];
/** Where champions serve. */
export const PRODUCTION: EnvironmentName = "prod";

/** One thing wrong with a file that a person wrote. */
export interface Problem {
  /** Path into the file, `rollout.prod.step.size`. */
  readonly path: string;
  readonly message: string;
}

/** The schema with the rules that look across fields. */
export const modelSpecSchema = shape.superRefine((spec, context) => {
  const issue = (path: (string | number)[], message: string): void => {
    context.addIssue({ code: "custom", path, message });
  };
  const names = spec.features.map((f) => f.name);
  for (const { path, message } of splitProblems(spec.data.splits, names))
    issue(["data", "splits", ...path], message);
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) !== index)
      issue(["features", index, "name"], `"${name}" is listed twice; remove one`);
    if (name === spec.label.column)
      issue(["features", index, "name"], `"${name}" is the label; a feature must be known before it`);
  }
  const classifies = spec.task === "binary-classification";
  if (classifies && spec.label.positive === undefined)
    issue(
      ["label", "positive"],
      "expected the label value that counts as 1, because the task is binary-classification",
    );
  if (!classifies && spec.label.positive !== undefined)
    issue(["label", "positive"], "remove it: a regression label is a number");
  const allowed = classifies ? classificationMetric : regressionMetric;
  const check = (path: (string | number)[], name: string): void => {
    if (!allowed.safeParse(name).success)
      issue(path, `"${name}" is not a metric of ${spec.task}; use one of ${allowed.options.join(", ")}`);
  };
  check(["evaluation", "metric"], spec.evaluation.metric);
  check(["monitoring", "quality", "metric"], spec.monitoring.quality.metric);
  for (const name of Object.keys(spec.evaluation.limits)) check(["evaluation", "limits", name], name);
  if (spec.monitoring.drift.k > spec.monitoring.drift.n)
    issue(
      ["monitoring", "drift", "k"],
      `expected at most n = ${spec.monitoring.drift.n}, got ${spec.monitoring.drift.k}`,
    );
  for (const environment of ENVIRONMENTS) {
    const settings = spec.rollout[environment];
    if (settings && settings.step.strategy === "canary" && settings.instances < 2)
      issue(
        ["rollout", environment, "instances"],
        `expected at least 2 instances for a canary, got ${settings.instances}`,
      );
    for (const [path, message] of settings
      ? [...shadowProblems(settings, spec), ...weightProblems(settings, spec)]
      : [])
      issue(["rollout", environment, ...path], message);
  }
});

/** What a weighted canary needs of the rest of the specification. */
function weightProblems({ step, shadow }: RolloutSettings, spec: ModelSpec): [string[], string][] {
  if (step.strategy !== "weightedCanary") return [];
  const problems: [string[], string][] = [];
  if (step.atMost <= step.atLeast)
    problems.push([
      ["step", "atMost"],
      `expected more than atLeast = ${step.atLeast} seconds, got ${step.atMost} seconds`,
    ]);
  if (shadow)
    problems.push([["shadow"], "remove it: a weighted canary compares answers itself; take one of the two"]);
  if (spec.monitoring.capture === 0)
    problems.push([
      ["step", "strategy"],
      "expected monitoring.capture above 0 %, because scores are read from captures",
    ]);
  return problems;
}

/** What a shadow phase needs of the rest of the specification. */
function shadowProblems(settings: RolloutSettings, spec: ModelSpec): [string[], string][] {
  const { shadow } = settings;
  if (!shadow) return [];
  const problems: [string[], string][] = [];
  const classifies = spec.task === "binary-classification";
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
  if (settings.withoutTraffic !== "hold")
    problems.push([["withoutTraffic"], 'expected "hold": a shadow without traffic compares nothing']);
  if (spec.monitoring.capture === 0)
    problems.push([
      ["shadow"],
      "expected monitoring.capture of more than 0 %: captures are what is compared",
    ]);
  return problems;
}

/** Metrics where a smaller value is better. */
export const LESS_IS_BETTER: ReadonlySet<string> = new Set(["logLoss", "brier", "mae", "rmse", "mape"]);

/** Turns zod's issues into problems with a path, one for each, unknown keys named. */
export function problemsOf(error: z.ZodError): Problem[] {
  return error.issues.map((issue) => ({
    path: issue.path.map(String).join(".") || "(whole file)",
    message:
      issue.code === "unrecognized_keys"
        ? `unknown key ${issue.keys.map((key) => JSON.stringify(key)).join(", ")}; remove it or correct its spelling`
        : issue.message,
  }));
}

/** Parses the value of a `model.yaml`; all problems at once. */
export function parseModelSpec(value: unknown): { spec: ModelSpec } | { problems: Problem[] } {
  const parsed = modelSpecSchema.safeParse(value);
  return parsed.success ? { spec: parsed.data } : { problems: problemsOf(parsed.error) };
}

/** `spec.json` of a release: the parsed specification, units resolved. Parsed once at the build, read by every later step. */
export function readResolvedSpec(text: string): ModelSpec {
  return JSON.parse(text) as ModelSpec;
}

/** JSON Schema (draft 2020-12) of `model.yaml`, for editors. */
export function modelSpecJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(shape, { io: "input" }) as Record<string, unknown>;
}
