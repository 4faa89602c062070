/** Finds the definition of a Pulumi type; loads the SDK clients of an area only when a stack uses it. */
import type { Definition } from "./definition.ts";

type Area = () => Promise<{ readonly definitions: readonly Definition[] }>;

/** Areas by the types' module, `aws:<module>/<type>`. */
const AREAS: Readonly<Record<string, readonly Area[]>> = {
  athena: [() => import("./resources/athena.ts")],
  cloudwatch: [() => import("./resources/cloudwatch.ts"), () => import("./resources/events.ts")],
  codebuild: [() => import("./resources/codebuild.ts")],
  codepipeline: [() => import("./resources/codepipeline.ts")],
  dynamodb: [() => import("./resources/dynamodb.ts")],
  glue: [() => import("./resources/athena.ts")],
  iam: [() => import("./resources/iam.ts")],
  kms: [() => import("./resources/kms.ts")],
  lambda: [() => import("./resources/lambda.ts")],
  s3: [() => import("./resources/s3.ts"), () => import("./resources/s3Settings.ts")],
  sagemaker: [() => import("./resources/sagemaker.ts")],
  scheduler: [() => import("./resources/scheduler.ts")],
  sfn: [() => import("./resources/states.ts")],
  sns: [() => import("./resources/messaging.ts")],
  sqs: [() => import("./resources/messaging.ts")],
};

/**
 * Definition of a type such as `aws:s3/bucket:Bucket`.
 * @throws Error that names the type, when the sandbox's provider does not know it
 */
export async function definitionOf(type: string): Promise<Definition> {
  const module = /^aws:([^/:]+)\//.exec(type)?.[1] ?? "";
  for (const load of AREAS[module] ?? []) {
    const found = (await load()).definitions.find((definition) => definition.type === type);
    if (found) return found;
  }
  throw new Error(
    `${type} is not supported by the sandbox's provider; add it to sandbox/provider/resources, or deploy to a real account`,
  );
}

/** All types, for tests and documentation. */
export async function supportedTypes(): Promise<readonly string[]> {
  const areas = await Promise.all([...new Set(Object.values(AREAS).flat())].map((load) => load()));
  return [...new Set(areas.flatMap((area) => area.definitions.map(({ type }) => type)))].sort();
}
