/** `data.splits` of `model.yaml`: how rows are divided into what trains, what tunes and what judges. */
import * as z from "zod";

const share = z.number().gt(0).lt(1);

export const splitSettings = z.strictObject({
  train: share,
  validation: share,
  holdout: share,
  /**
   * By time the newest rows judge. By group all rows of one value of `column` lie in one part, whenever they were. By both the newest rows
   * judge, and earlier rows of the groups among them are left out of training.
   */
  by: z.enum(["time", "group", "timeAndGroup"]).default("time"),
  /** The feature that names the group. */
  column: z.string().min(1).optional(),
});

/** What is wrong with the settings in a model with these features; each with the path below `data.splits`. */
export function splitProblems(
  { train, validation, holdout, by, column }: z.output<typeof splitSettings>,
  features: readonly string[],
): { readonly path: readonly string[]; readonly message: string }[] {
  const problems: { path: string[]; message: string }[] = [];
  const total = train + validation + holdout;
  if (Math.abs(total - 1) > 1e-9)
    problems.push({ path: [], message: `expected shares that add up to 1, got ${total}` });
  if (by === "time" && column !== undefined)
    problems.push({
      path: ["column"],
      message: "remove it, or set by to group or timeAndGroup: rows split by time have no groups",
    });
  if (by !== "time" && (column === undefined || !features.includes(column)))
    problems.push({
      path: ["column"],
      message: `expected one of the features, because by is ${by} and what is served carries nothing else, so a retraining could not tell the groups; got ${JSON.stringify(column ?? null)}`,
    });
  return problems;
}
