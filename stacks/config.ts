/** Stack settings: one schema, every key documented in `Pulumi.<stack>.yaml`, all problems at once. */
import * as z from "zod";
import { ENVIRONMENTS, modelName, problemsOf } from "../contracts/modelSpec.ts";

const accountId = z.string().regex(/^\d{12}$/, "expected twelve digits in quotes");

const settings = z.strictObject({
  /** Which program this stack runs. */
  role: z.enum(["foundation", "environment", "delivery"]),
  /** First part of every physical name. */
  prefix: z
    .string()
    .regex(/^[a-z][a-z0-9]{1,11}$/, "expected 2 to 12 lower case letters or digits")
    .default("sluice"),
  account: accountId,
  /** Accounts of environments that do not live in the foundation's. Foundation only. */
  environmentAccounts: z
    .partialRecord(z.enum(ENVIRONMENTS), accountId)
    .default({})
    .transform((accounts) => accounts as Readonly<Record<string, string>>),
  /** Roles of those accounts under which people work with the records. Foundation only. */
  operators: z
    .array(
      z
        .string()
        .regex(
          /^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@-][\w+=,.@*/-]*$/,
          "expected the ARN of a role, with a name",
        ),
    )
    .default([]),
  models: z.array(modelName).min(1),
  /** Environment stacks only. */
  environment: z.enum(ENVIRONMENTS).optional(),
  /** Keeps and protects stateful resources. */
  protect: z.boolean().default(true),
  logRetentionDays: z
    .union([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731].map((days) => z.literal(days)))
    .default(90),
  /** Raw data of more megabytes (2^20 bytes) go over Athena; 200 are what the Data stage's memory holds. Delivery only. */
  athenaAboveMegabytes: z.int().min(1).max(200).default(200),
  captureRetentionDays: z.int().min(7).max(3650).default(400),
  imageRegistry: z.string().optional(),
  /** Stack names that this one reads, `organization/project/stack` or short. */
  foundationStack: z.string().optional(),
  stagingStack: z.string().optional(),
  prodStack: z.string().optional(),
});
export type StackSettings = z.output<typeof settings>;

const NEEDS: Readonly<Record<StackSettings["role"], readonly (keyof StackSettings)[]>> = {
  foundation: [],
  environment: ["environment", "foundationStack"],
  delivery: ["foundationStack", "stagingStack", "prodStack"],
};

/** Parses the `sluice:` settings of a stack. `given` holds values as written in the file (objects and numbers as JSON). */
export function parseSettings(stack: string, given: Readonly<Record<string, unknown>>): StackSettings {
  const parsed = settings.safeParse(given);
  const problems = parsed.success
    ? []
    : problemsOf(parsed.error).map(({ path, message }) => `sluice:${path}: ${message}`);
  if (parsed.success) problems.push(...accountProblems(parsed.data));
  if (parsed.success)
    for (const key of NEEDS[parsed.data.role])
      if (parsed.data[key] === undefined)
        problems.push(`sluice:${key}: expected a value for the role ${parsed.data.role}, found none`);
  if (problems.length > 0 || !parsed.success)
    throw new Error(
      `Pulumi.${stack}.yaml is not valid:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`,
    );
  return parsed.data;
}

/** An account that is the foundation's own needs no admission; a role of an account that is not listed gets none. */
function accountProblems({ account, environmentAccounts, operators }: StackSettings): string[] {
  const others = Object.values(environmentAccounts);
  return [
    ...Object.entries(environmentAccounts).flatMap(([environment, other]) =>
      other === account
        ? [
            `sluice:environmentAccounts.${environment}: expected another account than sluice:account, got ${JSON.stringify(other)}; leave ${environment} out, it lives in the foundation's`,
          ]
        : [],
    ),
    ...operators.flatMap((role, index) =>
      others.includes(role.split(":")[4] as string)
        ? []
        : [
            `sluice:operators.${index}: expected a role of an account in sluice:environmentAccounts, got ${JSON.stringify(role)}; roles of other accounts are not admitted, and those of the foundation's need it not`,
          ],
    ),
  ];
}

export const SETTING_KEYS = Object.keys(settings.shape);
