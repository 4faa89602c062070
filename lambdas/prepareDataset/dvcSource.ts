/** Fetches what a DVC file names, exactly these bytes: every object is hashed while it streams. */
import type { DvcOut, DvcSource } from "../../contracts/dvc.ts";
import { parseFolder } from "../../core/dataset/dvc/folder.ts";
import { remoteKey } from "../../core/dataset/dvc/layout.ts";
import { createMd5 } from "../../core/dataset/dvc/md5.ts";
import { messageOf, SluiceError } from "../shared/errors.ts";
import { inBatches } from "../shared/inBatches.ts";
import { type DvcRemote, OBJECTS_AT_ONCE } from "./dvcRemote.ts";

export interface FetchedFile {
  /** Path as DVC has it, for people. */
  readonly path: string;
  readonly uri: string;
  readonly body: Uint8Array;
}

export interface DvcFetch {
  readonly remote: DvcRemote;
  /** `s3://bucket/prefix`, without a slash at the end. */
  readonly remoteUri: string;
  readonly source: DvcSource;
  /** Most bytes that are fetched in all. */
  readonly maximumBytes: number;
}

export type Wanted = Pick<DvcOut, "path" | "md5" | "hash" | "isFolder">;
type Failure = {
  readonly code: "DvcObjectMissing" | "DvcHashMismatch";
  readonly message: string;
};

/**
 * The CSV files of the output, in path order for a folder; its other files are not fetched. `files`: as `listDvc` gave them before.
 * @throws SluiceError `DvcObjectMissing` or `DvcHashMismatch` with the counts and the first five objects; `BadData` for a listing that
 * cannot be read, for an output without CSV files and for too many bytes
 */
export async function fetchDvc(fetch: DvcFetch, files?: readonly Wanted[]): Promise<FetchedFile[]> {
  return fetchAll(fetch, files ?? (await listDvc(fetch)));
}

/** The same files, not fetched yet. */
export async function listDvc(fetch: Omit<DvcFetch, "maximumBytes">): Promise<Wanted[]> {
  const { file, out } = fetch.source;
  const files = (out.isFolder ? await readListing(fetch) : [out]).filter(({ path }) =>
    /\.csv(\.gz)?$/.test(path),
  );
  if (files.length === 0)
    throw new SluiceError(
      "BadData",
      `${file}: expected at least one .csv or .csv.gz file in ${JSON.stringify(out.path)}, found none`,
    );
  return files;
}

/** A listing of a million files has 100 MB. */
const MAXIMUM_LISTING_BYTES = 100 * 1024 * 1024;

async function readListing(fetch: Omit<DvcFetch, "maximumBytes">): Promise<Wanted[]> {
  const { file, out } = fetch.source;
  const [listing] = (await fetchAll({ ...fetch, maximumBytes: MAXIMUM_LISTING_BYTES }, [out])) as [
    FetchedFile,
  ];
  const parsed = parseFolder(new TextDecoder().decode(listing.body));
  if ("problems" in parsed)
    throw new SluiceError(
      "BadData",
      `${file}: ${listing.uri}: ${parsed.problems.map((problem) => `${problem.path}: ${problem.message}`).join("; ")}`,
    );
  const { entries } = parsed;
  if (out.nfiles !== null && out.nfiles !== entries.length)
    throw new SluiceError(
      "BadData",
      `${file}: ${listing.uri}: expected ${out.nfiles} files, got ${entries.length}`,
    );
  return entries.map(({ md5, relpath }) => ({
    path: `${out.path}/${relpath}`,
    md5,
    hash: out.hash,
    isFolder: false,
  }));
}

async function fetchAll(fetch: DvcFetch, wanted: readonly Wanted[]): Promise<FetchedFile[]> {
  const budget = { left: fetch.maximumBytes };
  const results = await inBatches(wanted, OBJECTS_AT_ONCE, (one) => fetchOne(fetch, one, budget));
  const failures = results.filter((one): one is Failure => "code" in one);
  if (failures.length === 0) return results as FetchedFile[];
  const count = (code: Failure["code"]): number => failures.filter((one) => one.code === code).length;
  const changed = count("DvcHashMismatch");
  throw new SluiceError(
    changed > 0 ? "DvcHashMismatch" : "DvcObjectMissing",
    `${fetch.source.file}: of ${wanted.length} objects ${changed} have another hash and ${count("DvcObjectMissing")} are missing: ${failures
      .slice(0, 5)
      .map(({ message }) => message)
      .join("; ")}`,
  );
}

async function fetchOne(
  { remote, remoteUri, source, maximumBytes }: DvcFetch,
  wanted: Wanted,
  budget: { left: number },
): Promise<FetchedFile | Failure> {
  const uri = `${remoteUri}/${remoteKey(wanted)}`;
  const place = `${wanted.path} at ${uri}`;
  const hash = createMd5(wanted.hash);
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of await remote.read(uri)) {
      budget.left -= chunk.length;
      if (budget.left < 0)
        throw new SluiceError(
          "BadData",
          `${source.file}: more than ${maximumBytes} bytes of raw data, which is what fits this step; thin the data out or window it`,
        );
      hash.update(chunk);
      chunks.push(chunk);
    }
  } catch (error) {
    if (!(error instanceof SluiceError && error.code === "DvcObjectMissing")) throw error;
    return { code: "DvcObjectMissing", message: `${place}: ${messageOf(error)}` };
  }
  const body = Buffer.concat(chunks);
  const digests = hash.digests();
  if (digests.includes(wanted.md5)) return { path: wanted.path, uri, body };
  return { code: "DvcHashMismatch", message: hashMismatch(place, wanted, digests, body.length) };
}

/** Which hash was expected and which came, at a place. */
export function hashMismatch(
  place: string,
  wanted: Pick<DvcOut, "md5" | "hash">,
  digests: readonly string[],
  bytes: number,
): string {
  const got = `got ${digests.join(" or ")} over ${bytes} bytes`;
  return `${place}: expected ${wanted.hash} ${wanted.md5}, ${got}; the object was changed: delete it and run dvc push`;
}
