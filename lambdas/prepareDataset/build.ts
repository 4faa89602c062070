/** Takes the zip of a build apart. */
import { unzipSync } from "fflate";
import type { DvcSource } from "../../contracts/dvc.ts";
import { type ModelSpec, readResolvedSpec } from "../../contracts/modelSpec.ts";
import { SluiceError } from "../shared/errors.ts";
import { type Objects, sha256 } from "../shared/objects.ts";
import type { Job } from "../shared/pipelineJob.ts";

export interface BuildDependencies {
  readonly objects: Objects;
  readonly environment: { readonly ARTIFACT_BUCKET: string };
}

export interface Build {
  readonly spec: ModelSpec;
  readonly dvc: DvcSource | null;
  readonly expectations: string;
  readonly specUri: string;
  readonly goldenUri: string;
  readonly sourceUri: string;
  readonly sourceSha256: string;
}

/** Stores what the build made under keys of its content: the same build again writes the same bytes to the same keys. */
export async function unpackBuild({ objects, environment }: BuildDependencies, job: Job): Promise<Build> {
  const uri = job.artifacts.Build;
  if (!uri)
    throw new SluiceError(
      "InvalidArtifact",
      `expected the input artifact Build, got ${JSON.stringify(Object.keys(job.artifacts))}`,
    );
  const files = unzipSync(await objects.get(uri));
  const wanted = ["spec.json", "dvc.json", "expectations.json", "golden.jsonl", "sourcedir.tar.gz"] as const;
  const missing = wanted.filter((name) => !files[name]);
  if (missing.length > 0)
    throw new SluiceError(
      "InvalidArtifact",
      `${uri}: expected ${missing.join(", ")}, got ${JSON.stringify(Object.keys(files))}`,
    );
  const body = (name: (typeof wanted)[number]): Uint8Array => files[name] as Uint8Array;
  const bucket = `s3://${environment.ARTIFACT_BUCKET}`;
  const store = async (folder: string, name: (typeof wanted)[number]): Promise<string> => {
    const target = `${bucket}/${folder}/${sha256(body(name)).slice(0, 32)}/${name}`;
    await objects.put(target, body(name));
    return target;
  };
  const text = (name: (typeof wanted)[number]): string => new TextDecoder().decode(body(name));
  return {
    spec: readResolvedSpec(text("spec.json")),
    dvc: JSON.parse(text("dvc.json")) as DvcSource | null,
    expectations: text("expectations.json"),
    specUri: await store("specs", "spec.json"),
    goldenUri: await store("golden", "golden.jsonl"),
    sourceUri: await store("sources", "sourcedir.tar.gz"),
    sourceSha256: sha256(body("sourcedir.tar.gz")),
  };
}
