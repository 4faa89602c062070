/**
 * `model.yaml`: everything that a data scientist decides about a model. One schema for the build check, for `pulumi up`, for the
 * Lambdas (as the resolved `spec.json` of a release) and, as JSON Schema, for editors.
 */
import * as z from "zod";
import { CONSISTENCY_CODES } from "./dataset.ts";
import { dvcSettings } from "./dvc.ts";
import { rolloutProblems, rolloutSettings } from "./rolloutSpec.ts";
import { splitProblems, splitSettings } from "./splits.ts";
import { durationSeconds, percentShare } from "./units.ts";

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
  rollout: z.strictObject({
    dev: rolloutSettings.optional(),
    staging: rolloutSettings,
    prod: rolloutSettings,
  }),
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
    const facts = { classifies, isCaptured: spec.monitoring.capture > 0 };
    for (const [path, message] of settings ? rolloutProblems(settings, facts) : [])
      issue(["rollout", environment, ...path], message);
  }
});

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
