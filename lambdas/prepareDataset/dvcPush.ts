/** Writes a frozen dataset to a DVC remote, where `dvc pull` finds it. */
import { type FolderEntry, renderFolder } from "../../core/dataset/dvc/folder.ts";
import { remoteKey } from "../../core/dataset/dvc/layout.ts";
import { md5 } from "../../core/dataset/dvc/md5.ts";
import { renderDvcFile } from "../../core/dataset/dvc/render.ts";
import { inBatches } from "../shared/inBatches.ts";
import { type DvcRemote, OBJECTS_AT_ONCE } from "./dvcRemote.ts";

export interface PushedFile {
  /** Path inside the folder that `dvc pull` makes. */
  readonly path: string;
  readonly md5: string;
  readonly bytes: number;
  /** Puts the file at a place in the remote unless there is one. */
  readonly put: (remote: DvcRemote, uri: string) => Promise<unknown>;
}

/** A file whose text is all there. */
export const textFile = (path: string, body: string): PushedFile => ({
  path,
  md5: md5(body),
  bytes: Buffer.byteLength(body),
  put: (remote, uri) => remote.putNew(uri, body),
});

/**
 * Puts the files and their listing, in this order as `dvc push` does, so that a listing never names an object that is not there. Twice
 * is harmless. Returns the text of the `.dvc` file that restores them as a folder `name`.
 */
export async function pushDvc(
  remote: DvcRemote,
  remoteUri: string,
  name: string,
  files: readonly PushedFile[],
): Promise<string> {
  const uriOf = (hash: string, isFolder: boolean): string =>
    `${remoteUri}/${remoteKey({ md5: hash, hash: "md5", isFolder })}`;
  const entries = await inBatches(files, OBJECTS_AT_ONCE, async (file): Promise<FolderEntry> => {
    await file.put(remote, uriOf(file.md5, false));
    return { md5: file.md5, relpath: file.path };
  });
  const listing = renderFolder(entries);
  await remote.putNew(uriOf(listing.md5, true), listing.body);
  const size = files.reduce((sum, { bytes }) => sum + bytes, 0);
  return renderDvcFile([
    { path: name, md5: listing.md5, isFolder: true, size, nfiles: files.length, hash: "md5" },
  ]);
}
