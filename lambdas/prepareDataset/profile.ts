/** The reference profile of the training rows: what the monitor later compares with. */
import type { ModelSpec } from "../../contracts/modelSpec.ts";
import { buildProfile as profileOf } from "../../core/drift/index.ts";
import { columnsOf, featureSchema } from "../shared/features.ts";

/** JSON of the profile. */
export function buildProfile(spec: ModelSpec, rows: readonly (readonly string[])[]): string {
  return JSON.stringify(
    profileOf({ rows: rows.length, columns: columnsOf(spec, rows) }, featureSchema(spec)),
  );
}
