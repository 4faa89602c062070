/** The three files of SageMaker Model Monitor: what this project writes, and what it reads of theirs. Other fields are let pass. */
import * as z from "zod";
import type { Problem } from "./modelSpec.ts";

const count = z.int().min(0);
const inferredType = z.enum(["Integral", "Fractional", "String", "Unknown"]);
const share = z.number().min(0).max(1);
/** Weights of a sketch may miss the number of present values by so much. */
const WEIGHT_TOLERANCE = 0.01;
const MOST_LEVELS = 50;

const common = z.object({ num_present: count, num_missing: count });
const bucket = z
  .object({ lower_bound: z.number(), upper_bound: z.number(), count })
  .refine((b) => b.lower_bound <= b.upper_bound, "a lower bound that is not above the upper one");

const numericalStatistics = z
  .object({
    common,
    mean: z.number().nullable(),
    sum: z.number().nullable(),
    std_dev: z.number().min(0).nullable(),
    min: z.number().nullable(),
    max: z.number().nullable(),
    distribution: z
      .object({
        kll: z
          .object({
            buckets: z.array(bucket),
            /** Level i of `data` holds values that stand for 2^i rows each. */
            sketch: z
              .object({
                parameters: z.object({ c: z.number(), k: z.number() }),
                data: z.array(z.array(z.number())).max(MOST_LEVELS),
              })
              .optional(),
          })
          .optional(),
      })
      .optional(),
  })
  .superRefine(({ common: { num_present }, distribution }, context) => {
    const data = distribution?.kll?.sketch?.data;
    const weight = data?.reduce((sum, values, level) => sum + values.length * 2 ** level, 0) ?? num_present;
    if (Math.abs(weight - num_present) > WEIGHT_TOLERANCE * num_present)
      context.addIssue({
        code: "custom",
        path: ["distribution", "kll", "sketch", "data"],
        message: `values that stand for num_present = ${num_present} rows; these stand for ${weight}`,
      });
  });

const stringStatistics = z
  .object({
    common,
    distinct_count: z.number().min(0),
    distribution: z
      .object({
        categorical: z.object({ buckets: z.array(z.object({ value: z.string(), count })) }).optional(),
      })
      .optional(),
  })
  .superRefine(({ common: { num_present }, distribution }, context) => {
    const rows = (distribution?.categorical?.buckets ?? []).reduce((sum, b) => sum + b.count, 0);
    if (rows > num_present)
      context.addIssue({
        code: "custom",
        path: ["distribution", "categorical", "buckets"],
        message: `num_present = ${num_present} rows at most; these are ${rows}`,
      });
  });

const named = z.object({ name: z.string().min(1), inferred_type: inferredType });

/** Names of features must differ: each would hide the one before. */
function uniqueNames(features: readonly { readonly name: string }[], context: z.core.$RefinementCtx): void {
  const seen = new Set<string>();
  features.forEach(({ name }, i) => {
    if (seen.has(name))
      context.addIssue({ code: "custom", path: [i, "name"], message: "a name that comes once" });
    seen.add(name);
  });
}

const statisticsSchema = z.object({
  version: z.number(),
  dataset: z.object({ item_count: count }),
  features: z
    .array(
      named.extend({
        numerical_statistics: numericalStatistics.optional(),
        string_statistics: stringStatistics.optional(),
      }),
    )
    .superRefine(uniqueNames),
});

const constraintsSchema = z.object({
  version: z.number(),
  features: z
    .array(
      named.extend({
        completeness: share,
        num_constraints: z.object({ is_non_negative: z.boolean() }).optional(),
        string_constraints: z.object({ domains: z.array(z.string()) }).optional(),
      }),
    )
    .superRefine(uniqueNames),
  monitoring_config: z
    .object({
      evaluate_constraints: z.enum(["Enabled", "Disabled"]),
      datatype_check_threshold: share,
      domain_content_threshold: share,
      distribution_constraints: z
        .object({
          perform_comparison: z.enum(["Enabled", "Disabled"]),
          comparison_threshold: z.number().min(0),
          comparison_method: z.enum(["Simple", "Robust"]),
          categorical_comparison_threshold: z.number().min(0),
        })
        .partial(),
    })
    .partial()
    .optional(),
});

const check = z.enum([
  "data_type_check",
  "completeness_check",
  "baseline_drift_check",
  "missing_column_check",
  "extra_column_check",
  "categorical_values_check",
]);

const violationsSchema = z.object({
  violations: z.array(
    z.object({ feature_name: z.string(), constraint_check_type: check, description: z.string() }),
  ),
});

export type SageMakerStatistics = z.infer<typeof statisticsSchema>;
export type SageMakerConstraints = z.infer<typeof constraintsSchema>;
export type SageMakerViolations = z.infer<typeof violationsSchema>;
export type SageMakerType = z.infer<typeof inferredType>;
export type SageMakerCheck = z.infer<typeof check>;

type Parsed<T> = { readonly value: T } | { readonly problems: Problem[] };

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], value);
}

function expectedOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type") return issue.expected;
  if (issue.code === "invalid_value") return issue.values.map((value) => JSON.stringify(value)).join(" or ");
  if (issue.code === "too_small") return `at least ${issue.minimum}`;
  if (issue.code === "too_big") return `at most ${issue.maximum}`;
  return issue.message;
}

/** What came, as JSON, shortened. */
function got(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function parse<T>(schema: z.ZodType<T>, value: unknown): Parsed<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { value: parsed.data };
  return {
    problems: parsed.error.issues.map((issue) => ({
      path: issue.path.map(String).join(".") || "(whole file)",
      message: `expected ${expectedOf(issue)}, got ${got(valueAt(value, issue.path))}`,
    })),
  };
}

/** The value of a `statistics.json`; all problems at once, each with its path, what was expected and what came. */
export const parseSageMakerStatistics = (value: unknown): Parsed<SageMakerStatistics> =>
  parse(statisticsSchema, value);

/** The value of a `constraints.json`. */
export const parseSageMakerConstraints = (value: unknown): Parsed<SageMakerConstraints> =>
  parse(constraintsSchema, value);

/** The value of a `constraint_violations.json`. */
export const parseSageMakerViolations = (value: unknown): Parsed<SageMakerViolations> =>
  parse(violationsSchema, value);
