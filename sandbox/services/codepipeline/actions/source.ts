/** S3 source: the object's version becomes the revision, its bytes the source artifact. */
import { ActionError } from "../execution.ts";
import { type ActionContext, type ActionResult, asActionError, writeArtifact } from "./context.ts";

const fetchMs = 5_000;

export async function runSource(context: ActionContext): Promise<ActionResult> {
  const { configuration, execution, action } = context;
  await context.kernel.clock.sleep(fetchMs);
  return context.kernel.clock.work("pipeline source", async () => {
    const bucket = configuration.S3Bucket ?? "";
    const override = execution.overrides.find(({ actionName }) => actionName === action.declaration.name);
    const key =
      override?.revisionType === "S3_OBJECT_KEY" ? override.revisionValue : (configuration.S3ObjectKey ?? "");
    const wanted = override?.revisionType === "S3_OBJECT_VERSION_ID" ? override.revisionValue : undefined;
    let facts: { versionId: string | undefined; etag: string };
    let body: Uint8Array;
    try {
      facts = await context.store.head(bucket, key, wanted);
      if (!facts.versionId) {
        throw new ActionError(
          "ConfigurationError",
          `The S3 bucket ${bucket} must have versioning enabled to be a source.`,
        );
      }
      body = await context.store.get(bucket, key, facts.versionId);
    } catch (problem) {
      throw asActionError(problem, `reading source s3://${bucket}/${key}`);
    }
    const name = action.declaration.outputArtifacts?.[0]?.name ?? "";
    const artifact = { ...context.place(name), revision: facts.versionId };
    await writeArtifact(context, artifact, body);
    execution.revisions.push({ actionName: action.declaration.name, name, revisionId: facts.versionId });
    return {
      outputs: [{ name, artifact }],
      outputVariables: { VersionId: facts.versionId, ETag: facts.etag },
      summary: `Amazon S3 version id: ${facts.versionId}`,
      externalExecutionId: facts.versionId,
    };
  });
}
