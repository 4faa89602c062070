/** What a release takes in, fixed in its first turn: the raw files as they were then. */
import type { JobParameters } from "../../../contracts/events.ts";
import { unsupportedBy } from "../../../core/validation/sql/index.ts";
import { SluiceError } from "../../shared/errors.ts";
import { type Objects, sha256 } from "../../shared/objects.ts";
import type { Build } from "../build.ts";
import type { RawPlan } from "../raw.ts";
import { readSuite } from "../validate.ts";

export interface LargePlan {
  /** The continuation token of the action: what is taken in (files, their versions, the model's choices), and the job that does. */
  readonly token: string;
  /** Names the job in places that each attempt needs for itself. */
  readonly attempt: string;
  /** Folder of all that is written on the way. */
  readonly uri: string;
  readonly raw: RawPlan;
}

interface PlanDependencies {
  readonly environment: { readonly DATA_BUCKET: string };
  readonly objects: Objects;
}

const folderOf = ({ environment }: PlanDependencies, { spec }: Build, { releaseId }: JobParameters) =>
  `s3://${environment.DATA_BUCKET}/work/${spec.name}/${releaseId}`;

/**
 * Keeps the plan of a release. The same files give the same plan, so that a stage that is run again goes on where it was.
 * @throws SluiceError `InvalidInput` for what cannot be done past this size, before anything is read
 */
export async function keepPlan(
  dependencies: PlanDependencies,
  build: Build,
  parameters: JobParameters,
  raw: RawPlan,
  jobId: string,
): Promise<LargePlan> {
  const problems = unsupportedBy("athena", readSuite(build.expectations));
  if (problems.length > 0) throw new SluiceError("InvalidInput", `expectations.json: ${problems.join("; ")}`);
  const text = JSON.stringify(raw);
  const key = sha256(JSON.stringify([text, build.spec, build.expectations])).slice(0, 20);
  const uri = `${folderOf(dependencies, build, parameters)}/${key}`;
  await dependencies.objects.putNew(`${uri}/steps/plan.json`, text, "application/json");
  // Statements are the same query under the same name for good: a stage that is run again must be able to ask anew.
  const attempt = sha256(jobId).slice(0, 8);
  return { token: `${key}-${attempt}`, attempt, uri, raw };
}

/** The plan that an earlier turn kept. */
export async function loadPlan(
  dependencies: PlanDependencies,
  build: Build,
  parameters: JobParameters,
  token: string,
): Promise<LargePlan> {
  const [, key, attempt] = /^([0-9a-f]{20})-([0-9a-f]{8})$/.exec(token) ?? [];
  if (key === undefined || attempt === undefined)
    throw new SluiceError(
      "InvalidInput",
      `continuation token: expected one of this stage's own, got ${JSON.stringify(token)}; run the stage again`,
    );
  const uri = `${folderOf(dependencies, build, parameters)}/${key}`;
  const text = await dependencies.objects.getText(`${uri}/steps/plan.json`);
  return { token, attempt, uri, raw: JSON.parse(text) as RawPlan };
}
