import { DriftInputError, parseReferenceProfile, type ReferenceProfile } from "../../../core/drift/index.ts";
import { parseJsonFile, profileFile } from "./profiles.ts";

/** What to compare with, and whether SageMaker's statistics are what is known of it. */
export interface Reference {
  readonly profile: ReferenceProfile;
  readonly isSageMaker: boolean;
}

/** A profile of ours says so; theirs lists features. */
function isSageMaker(value: unknown): boolean {
  const { format, dataset, features } = (value ?? {}) as Record<string, unknown>;
  return format === undefined && (Array.isArray(features) || dataset !== undefined);
}

/** A stored profile or SageMaker's statistics (.json), or a profile made of a data file. */
export async function loadReference(file: string, timeColumn?: string): Promise<Reference> {
  if (!file.endsWith(".json")) return { profile: await profileFile(file, timeColumn), isSageMaker: false };
  const value = parseJsonFile(file);
  // Read by a module that is loaded only then.
  if (isSageMaker(value))
    return {
      profile: (await import("./sageMaker.ts")).referenceOfStatistics(file, value),
      isSageMaker: true,
    };
  try {
    return { profile: parseReferenceProfile(value), isSageMaker: false };
  } catch (error) {
    if (!(error instanceof DriftInputError)) throw error;
    throw new DriftInputError(error.problems.map((problem) => `${file}: ${problem}`));
  }
}
