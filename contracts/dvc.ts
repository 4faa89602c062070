/** DVC as a source of data: `data.dvc` of `model.yaml`, and what Build finds in the `.dvc` file or `dvc.lock` that it names. */
import * as z from "zod";

const isInside = (path: string): boolean =>
  !path.startsWith("/") &&
  !path.includes("\\") &&
  path.split("/").every((part) => part !== "" && part !== "..");

export const dvcSettings = z
  .strictObject({
    /** Below the model's folder: a `.dvc` file, or the `dvc.lock` of a DVC pipeline. */
    file: z
      .string()
      .refine(
        (path) => isInside(path) && (/[^/]\.dvc$/.test(path) || /(^|\/)dvc\.lock$/.test(path)),
        'expected a path below the model\'s folder to a .dvc file or dvc.lock, such as "data/calls.csv.dvc"',
      ),
    /** The stage of `dvc.lock` that makes the data. */
    stage: z.string().min(1).optional(),
    /** `path` of the output, where the file or the stage has several. */
    out: z.string().min(1).optional(),
    /**
     * URL of the remote on S3, as in `.dvc/config`. The stack gives the Data stage access to objects below it and to nothing else, so that
     * characters with a meaning in IAM policies are refused.
     */
    remote: z
      .string()
      .regex(
        /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[\w.=-]+)*\/?$/,
        'expected the URL of a DVC remote on S3, such as "s3://bucket/prefix"',
      )
      .transform((url) => url.replace(/\/$/, "")),
    /** Whether frozen datasets are written to the remote too, with a `.dvc` file beside the manifest. */
    push: z.boolean().default(false),
  })
  .superRefine(({ file, stage }, context) => {
    const isLock = file.endsWith("dvc.lock");
    if (isLock === (stage !== undefined)) return;
    const message = isLock
      ? "expected the name of a stage, because dvc.lock holds the outputs of all stages"
      : `remove it: ${JSON.stringify(file)} has no stages`;
    context.addIssue({ code: "custom", path: ["stage"], message });
  });

export type DvcSettings = z.output<typeof dvcSettings>;

/** One output that DVC tracks: a file, or a folder as the `.dir` object that lists its files. */
export interface DvcOut {
  /** As the file has it, relative to the file's folder. */
  readonly path: string;
  /** 32 hex digits, without the suffix `.dir`. */
  readonly md5: string;
  readonly isFolder: boolean;
  /** Bytes, of all files for a folder; null where the file does not say. */
  readonly size: number | null;
  /** Files of a folder; null for a file and where the file does not say. */
  readonly nfiles: number | null;
  /** DVC 3 hashes bytes (`md5`); DVC 2 hashed text files with Unix line ends (`md5-dos2unix`) and kept objects under other keys. */
  readonly hash: "md5" | "md5-dos2unix";
}

/** `dvc.json` of a build; null in the file where the model uses no DVC. */
export interface DvcSource {
  /** Where the output was found, `file` of the settings. */
  readonly file: string;
  readonly out: DvcOut;
}

/** Bucket of a remote, and the keys' common start: empty, or with a slash at its end. */
export function remoteParts(remote: string): { readonly bucket: string; readonly prefix: string } {
  const [bucket = "", ...folders] = remote.replace(/^s3:\/\//, "").split("/");
  return { bucket, prefix: folders.map((folder) => `${folder}/`).join("") };
}
