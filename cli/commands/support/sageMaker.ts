/** SageMaker Model Monitor's files as references: read with every problem at once, and current data checked against them. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Problem } from "../../../contracts/modelSpec.ts";
import {
  parseSageMakerConstraints,
  parseSageMakerStatistics,
  type SageMakerConstraints,
  type SageMakerViolations,
} from "../../../contracts/sageMakerBaseline.ts";
import {
  checkSageMakerConstraints,
  DriftInputError,
  ProfileBuilder,
  profileFromSageMaker,
  type ReferenceProfile,
} from "../../../core/drift/index.ts";
import type { Cell, TypedBatch } from "../../readers/index.ts";
import { inferSchema, parseJsonFile, schemaOf, timedBatch } from "./profiles.ts";

function accepted<T>(file: string, parsed: { readonly value: T } | { readonly problems: Problem[] }): T {
  if ("value" in parsed) return parsed.value;
  throw new DriftInputError(parsed.problems.map(({ path, message }) => `${file}, ${path}: ${message}`));
}

export function referenceOfStatistics(file: string, value: unknown): ReferenceProfile {
  return profileFromSageMaker(accepted(file, parseSageMakerStatistics(value)));
}

/** Of the file that is named, else of the `constraints.json` beside a `statistics.json`. */
export function readConstraints(
  reference: string,
  named: string | undefined,
): SageMakerConstraints | undefined {
  const beside = join(dirname(reference), "constraints.json");
  const file = named ?? (existsSync(beside) ? beside : undefined);
  return file === undefined ? undefined : accepted(file, parseSageMakerConstraints(parseJsonFile(file)));
}

/** Gathers current data as the constraints need it, in constant memory. */
export class ConstraintCheck {
  readonly #constraints: SageMakerConstraints;
  readonly #reference: ReferenceProfile;
  #current: ProfileBuilder | undefined;

  constructor(constraints: SageMakerConstraints, reference: ReferenceProfile) {
    this.#constraints = constraints;
    this.#reference = reference;
  }

  add(file: string, batch: TypedBatch<Cell>, timeColumn: string | undefined): void {
    if (this.#current === undefined) {
      const known = schemaOf(this.#reference);
      const { [timeColumn ?? ""]: _, ...found } = inferSchema(batch);
      this.#current = new ProfileBuilder(
        Object.fromEntries(Object.entries(found).map(([name, kind]) => [name, known[name] ?? kind])),
      );
    }
    const { rows, columns } = timedBatch(file, batch, timeColumn);
    this.#current.add({ rows, columns });
  }

  violations(): SageMakerViolations {
    const current = (this.#current ?? new ProfileBuilder({})).build();
    return checkSageMakerConstraints(this.#constraints, this.#reference, current);
  }
}
