/** Policies that people write: every unknown key and wrong value at once, with file and path. */
import { z } from "zod";
import type { DriftPolicyChanges } from "../../../core/drift/index.ts";
import { ProblemsError } from "../../../core/problemsError.ts";
import type { JudgePolicy } from "../../../core/rollout/judge/index.ts";
import { parseJsonFile } from "./profiles.ts";

const share = z.number().gt(0).lt(1);
const count = z.int().min(1);
const effect = z.number().min(0);

const DRIFT = z
  .strictObject({
    falseAlarmRate: share,
    adjustment: z.enum(["bh", "by", "bonferroni", "holm"]),
    minimumRows: count,
    minimumValues: count,
    minimumSeasonRows: count,
    minimumEffect: z
      .strictObject({
        location: effect,
        spread: effect,
        shape: effect,
        categories: effect,
        unseen: effect,
        missing: effect,
      })
      .partial(),
    minimumFeatures: count,
    alarm: z.strictObject({ windows: count, of: count }),
  })
  .partial();

const JUDGE = z
  .strictObject({
    metrics: z
      .array(
        z.strictObject({
          name: z.string().min(1),
          kind: z.enum(["rate", "value"]),
          compare: z.enum(["difference", "ratio"]).optional(),
          worse: z.enum(["higher", "lower", "either"]).optional(),
          margin: z.number().gt(0),
        }),
      )
      .min(1),
    rollbackError: share,
    promoteError: share,
    minimumLooks: count,
    minimumRequests: z.int().min(0),
    maximumLooks: count,
    idleLooks: count,
    disaster: z.strictObject({ difference: share, looks: count, requests: count }),
  })
  .partial();

/** A policy file that cannot be used. */
class PolicyError extends ProblemsError {
  readonly code = "InvalidPolicy";
  constructor(problems: readonly string[]) {
    super("PolicyError", problems);
  }
}

function readPolicy(file: string, schema: z.ZodType): unknown {
  const value = parseJsonFile(file);
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new PolicyError(
    result.error.issues.map((issue) => {
      const path = issue.path.length === 0 ? "" : `, ${issue.path.join(".")}`;
      return `${file}${path}: ${issue.message}`;
    }),
  );
}

export const readDriftPolicy = (file: string): DriftPolicyChanges =>
  readPolicy(file, DRIFT) as DriftPolicyChanges;

export const readJudgePolicy = (file: string): Partial<JudgePolicy> =>
  readPolicy(file, JUDGE) as Partial<JudgePolicy>;
