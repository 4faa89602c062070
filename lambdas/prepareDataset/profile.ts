/** The reference profile of the training rows: what the monitor later compares with. */
import type { ModelSpec } from "../../contracts/modelSpec.ts";
import { ProfileBuilder, type ReferenceProfile, seasonalTime } from "../../core/drift/index.ts";
import { columnsOf, featureSchema } from "../shared/features.ts";

/** Gathers the profile batch by batch, in constant memory. */
export class TrainingProfile {
  readonly #spec: ModelSpec;
  readonly #builder: ProfileBuilder;

  constructor(spec: ModelSpec) {
    this.#spec = spec;
    this.#builder = new ProfileBuilder(featureSchema(spec));
  }

  add(rows: readonly (readonly string[])[], times: readonly string[]): void {
    const instants = times.map((time) => seasonalTime(time) ?? Number.NaN);
    this.#builder.add({
      rows: rows.length,
      columns: columnsOf(this.#spec, rows),
      // Where no row knows its hour, a season would be 2 KB a feature for nothing.
      ...(instants.some((time) => !Number.isNaN(time)) ? { times: instants } : {}),
    });
  }

  build(): ReferenceProfile {
    return this.#builder.build();
  }
}

/** JSON of the profile. Rows whose time has an hour give it hours of the week; rows with a date alone count for the whole only. */
export function buildProfile(
  spec: ModelSpec,
  rows: readonly (readonly string[])[],
  times: readonly string[],
): string {
  const profile = new TrainingProfile(spec);
  profile.add(rows, times);
  return JSON.stringify(profile.build());
}
