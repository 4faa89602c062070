/** What one look needs to know: the model in service, how it came there, and its settings. */
import type { DatasetManifest } from "../../contracts/dataset.ts";
import { type ModelSpec, readResolvedSpec } from "../../contracts/modelSpec.ts";
import { keys, type LineageRecord, type LiveRecord, type ReleaseRecord } from "../../contracts/records.ts";
import { parseReferenceProfile, type ReferenceProfile } from "../../core/drift/index.ts";
import type { Objects } from "../shared/objects.ts";
import { mustLoad, type Records } from "../shared/records.ts";

export interface Reference {
  readonly profile: ReferenceProfile;
  readonly scoreProfile: ReferenceProfile | null;
}

/** A release that went into service: nothing of what is kept here changes any more. */
interface Served {
  readonly release: ReleaseRecord;
  readonly spec: ModelSpec;
  readonly reference: () => Promise<Reference>;
}

export interface MonitorContext extends Served {
  readonly live: LiveRecord;
}

/** Hours are judged over everything that answered in them, whichever deployment it was. */
export interface HourContext extends Pick<MonitorContext, "live" | "release" | "spec"> {
  readonly lineage: readonly LineageRecord[];
}

/** Releases that a warm Lambda remembers. */
const KEPT = 64;

/** Loads contexts; a release's record, settings and reference are read and parsed once. */
export function createContexts(records: Records, objects: Objects, environmentName: string) {
  const known = new Map<string, Served>();

  async function loadServed(modelName: string, releaseId: string): Promise<Served> {
    const release = await mustLoad<ReleaseRecord>(records, keys.release(modelName, releaseId));
    const spec = readResolvedSpec(await objects.getText(release.specUri));
    let reference: Promise<Reference> | undefined;
    const load = (): Promise<Reference> =>
      loadReference(objects, release).catch((error: unknown) => {
        reference = undefined;
        throw error;
      });
    return {
      release,
      spec,
      reference: () => {
        reference ??= load();
        return reference;
      },
    };
  }

  /** `null` while no model of the pipeline is in service. */
  return async (modelName: string): Promise<MonitorContext | null> => {
    const live = await records.load<LiveRecord>(keys.live(environmentName, modelName));
    if (!live) return null;
    const key = `${modelName}/${live.live.releaseId}`;
    const served = known.get(key) ?? (await loadServed(modelName, live.live.releaseId));
    if (!known.has(key) && known.size >= KEPT) known.delete(known.keys().next().value as string);
    known.set(key, served);
    return { live, ...served };
  };
}

async function loadReference(objects: Objects, release: ReleaseRecord): Promise<Reference> {
  const manifest = JSON.parse(await objects.getText(release.manifestUri as string)) as DatasetManifest;
  const scores = release.evaluationUri?.replace(/\.json$/, "-scores.json");
  return {
    profile: parseReferenceProfile(JSON.parse(await objects.getText(manifest.profileUri))),
    scoreProfile: scores ? parseReferenceProfile(JSON.parse(await objects.getText(scores))) : null,
  };
}
