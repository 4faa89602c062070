/** Where objects lie in a DVC remote, below its prefix. */
import type { DvcOut } from "../../../contracts/dvc.ts";

/** Start of the keys of DVC 3; DVC 2 had none. */
export const DVC3_FOLDER = "files/md5/";

type Stored = Pick<DvcOut, "md5" | "hash" | "isFolder">;

/** Key of an object: `files/md5/ab/cdef…` (DVC 3) or `ab/cdef…` (DVC 2); a folder's listing ends in `.dir`. */
export function remoteKey({ md5, hash, isFolder }: Stored): string {
  const folder = hash === "md5" ? DVC3_FOLDER : "";
  return `${folder}${md5.slice(0, 2)}/${md5.slice(2)}${isFolder ? ".dir" : ""}`;
}
