/** Data that fit this Lambda's memory: read, judged and frozen at once. */
import type { DatasetManifest } from "../../contracts/dataset.ts";
import type { JobParameters } from "../../contracts/events.ts";
import type { ModelSpec } from "../../contracts/modelSpec.ts";
import { SluiceError } from "../shared/errors.ts";
import type { Objects } from "../shared/objects.ts";
import type { Records } from "../shared/records.ts";
import type { Build } from "./build.ts";
import { claimDataset } from "./claim.ts";
import { type Consistency, checkConsistency, summarize } from "./consistency.ts";
import { pushDvc } from "./dvcPush.ts";
import type { DvcRemote } from "./dvcRemote.ts";
import { freeze, selectRows } from "./freeze.ts";
import type { FreezeTarget } from "./manifest.ts";
import { buildProfile } from "./profile.ts";
import { type RawPlan, readRaw } from "./raw.ts";
import { type Validated, validate } from "./validate.ts";

export interface PrepareDependencies {
  readonly environment: { readonly DATA_BUCKET: string };
  readonly records: Records;
  readonly objects: Objects;
  readonly dvcRemote: DvcRemote;
  readonly now: () => Date;
}

/** What either way gives. */
export interface Prepared {
  readonly suiteResult: Validated;
  readonly consistency: Consistency;
  readonly manifest: DatasetManifest;
}

export async function prepareInMemory(
  dependencies: PrepareDependencies,
  build: Build,
  parameters: JobParameters,
  plan: RawPlan,
): Promise<Prepared> {
  const { spec } = build;
  const { records, objects, now, dvcRemote } = dependencies;
  const raw = await readRaw(dependencies, build, plan);
  const suiteResult = await validate(dependencies, spec, build.expectations, raw.table);
  mustHold(suiteResult);
  const rows = selectRows(spec, raw.table);
  const consistency = await checkConsistency(dependencies, spec, summarize(spec, rows), parameters.cause);
  const { dvc } = spec.data;
  const manifest = await freeze(
    spec,
    rows,
    targetOf(dependencies, spec),
    {
      createdAt: now().toISOString(),
      cause: parameters.cause,
      parents: raw.parents,
      validation: validationOf(suiteResult, consistency),
      claim: (datasetId) => claimDataset({ records, now }, spec.name, datasetId, raw.parents),
      profile: (features, times) => buildProfile(spec, features, times),
      share: dvc?.push ? (name, files) => pushDvc(dvcRemote, dvc.remote, name, files) : undefined,
    },
    objects,
  );
  return { suiteResult, consistency, manifest };
}

/** @throws SluiceError `BadData` with every critical expectation that failed */
export function mustHold(suiteResult: Validated): void {
  if (!suiteResult.success)
    throw new SluiceError(
      "BadData",
      `${suiteResult.failed} of ${suiteResult.evaluated} expectations failed: ${suiteResult.reasons.join("; ")} (full result: ${suiteResult.uri})`,
    );
}

export const targetOf = (
  { environment }: Pick<PrepareDependencies, "environment">,
  { name }: ModelSpec,
): FreezeTarget => ({
  dataPrefix: `s3://${environment.DATA_BUCKET}/datasets/${name}`,
  judgePrefix: `s3://${environment.DATA_BUCKET}/judge/${name}`,
});

/** What the manifest says of both checks. */
export function validationOf(
  { uri, success, evaluated, failed, warnings }: Validated,
  { report }: Consistency,
): DatasetManifest["validation"] {
  return { uri, success, evaluated, failed, warnings, consistency: report };
}
