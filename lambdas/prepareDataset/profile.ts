/** The reference profile of the training rows: what the monitor later compares with. */
import type { ModelSpec } from "../../contracts/modelSpec.ts";
import { buildProfile as profileOf, seasonalTime } from "../../core/drift/index.ts";
import { columnsOf, featureSchema } from "../shared/features.ts";

/** JSON of the profile. Rows whose time has an hour give it hours of the week; rows with a date alone count for the whole only. */
export function buildProfile(
  spec: ModelSpec,
  rows: readonly (readonly string[])[],
  times: readonly string[],
): string {
  const instants = times.map((time) => seasonalTime(time) ?? Number.NaN);
  const window = {
    rows: rows.length,
    columns: columnsOf(spec, rows),
    // Where no row knows its hour, a season would be 2 KB a feature for nothing.
    ...(instants.some((time) => !Number.isNaN(time)) ? { times: instants } : {}),
  };
  return JSON.stringify(profileOf(window, featureSchema(spec)));
}
