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
  readonly body: string;
}

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
  const put = (hash: string, isFolder: boolean, body: string): Promise<void> =>
    remote.putNew(`${remoteUri}/${remoteKey({ md5: hash, hash: "md5", isFolder })}`, body);
  const entries = await inBatches(files, OBJECTS_AT_ONCE, async ({ path, body }): Promise<FolderEntry> => {
    const entry = { md5: md5(body), relpath: path };
    await put(entry.md5, false, body);
    return entry;
  });
  const listing = renderFolder(entries);
  await put(listing.md5, true, listing.body);
  const size = files.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);
  return renderDvcFile([
    { path: name, md5: listing.md5, isFolder: true, size, nfiles: files.length, hash: "md5" },
  ]);
}
