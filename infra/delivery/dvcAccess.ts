/** What the Data stage may do in the DVC remotes that models name: read objects, write new ones where a model asks for it. */
import { type DvcSettings, remoteParts } from "../../contracts/dvc.ts";
import type { FoundationOutputs } from "../../contracts/stackOutputs.ts";
import type { Statement } from "../policy/iam.ts";
import { type DeployContext, s3 } from "../shared/context.ts";

/** Keys of DVC 3, and of DVC 2, where two hex digits come first. */
const READ = ["files/md5/*", "??/*"];
const WRITTEN = ["files/md5/*"];

/**
 * Statements for all remotes, each once. Objects in them may be encrypted with S3's own keys or the stack's key; another key, or a bucket of
 * another account, has to admit the role itself.
 * @throws Error for a remote that the model's own code could read: raw data hold the labels that judge it
 */
export function dvcAccess(
  context: DeployContext,
  foundation: Pick<FoundationOutputs, "dataBucket" | "artifactBucket">,
  remotes: readonly DvcSettings[],
): Statement[] {
  for (const { remote } of remotes) checkHidden(foundation, remote);
  const resources = (chosen: readonly DvcSettings[], keys: readonly string[]): string[] => [
    ...new Set(
      chosen.flatMap(({ remote }) => {
        const { bucket, prefix } = remoteParts(remote);
        return keys.map((key) => s3(context, bucket, `${prefix}${key}`));
      }),
    ),
  ];
  const statements = [
    { actions: ["s3:GetObject"], resources: resources(remotes, READ) },
    {
      // Large files are copied in parts; a copy that is there already is given up.
      actions: ["s3:PutObject", "s3:AbortMultipartUpload"],
      resources: resources(
        remotes.filter(({ push }) => push),
        WRITTEN,
      ),
    },
  ];
  return statements.filter((statement) => statement.resources.length > 0);
}

/** Folders that the training role reads. */
const READ_BY_MODELS = {
  dataBucket: ["datasets"],
  artifactBucket: ["sources", "training"],
} as const;

function checkHidden(
  foundation: Pick<FoundationOutputs, "dataBucket" | "artifactBucket">,
  remote: string,
): void {
  const { bucket, prefix } = remoteParts(remote);
  for (const [name, folders] of Object.entries(READ_BY_MODELS) as [
    keyof typeof READ_BY_MODELS,
    readonly string[],
  ][])
    if (bucket === foundation[name] && folders.includes(prefix.split("/")[0] as string))
      throw new Error(
        `data.dvc.remote: expected a prefix that training cannot read, got ${JSON.stringify(remote)}; use a bucket of its own or s3://${bucket}/dvc`,
      );
}
