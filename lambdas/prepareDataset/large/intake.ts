/** Takes raw files in as streams: hashes them, checks what DVC says of them, and reads them as CSV. */
import { createHash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { parse } from "csv-parse";
import { createMd5 } from "../../../core/dataset/dvc/md5.ts";
import { CSV_OPTIONS, Utf8Watch } from "../../shared/csvOptions.ts";
import { messageOf, SluiceError } from "../../shared/errors.ts";
import type { LargeObjects } from "../../shared/largeObjects.ts";
import type { Objects } from "../../shared/objects.ts";
import { type Clock, mustHaveTime } from "../../shared/work.ts";
import type { DvcRemote } from "../dvcRemote.ts";
import { hashMismatch } from "../dvcSource.ts";
import type { RawFile } from "../raw.ts";
import { type RowContext, RowIntake, type TakenIn } from "./rowIntake.ts";

export interface IntakeDependencies {
  readonly objects: Objects;
  readonly largeObjects: LargeObjects;
  readonly dvcRemote: DvcRemote;
}

export interface IntakeContext extends RowContext {
  readonly clock: Clock;
  readonly dvcFile: string | null;
}

/** @throws SluiceError `BadData`, `DvcObjectMissing`, `DvcHashMismatch` that name file, row and column */
export async function takeIn(
  dependencies: IntakeDependencies,
  files: readonly RawFile[],
  context: IntakeContext,
): Promise<TakenIn> {
  const rows = new RowIntake(dependencies.objects, context);
  const parents: { uri: string; sha256: string }[] = [];
  for (const file of files)
    parents.push({ uri: file.uri, sha256: await readFile(dependencies, file, rows, context) });
  return { ...(await rows.end()), parents };
}

async function readFile(
  { largeObjects, dvcRemote }: IntakeDependencies,
  file: RawFile,
  rows: RowIntake,
  { clock, dvcFile }: IntakeContext,
): Promise<string> {
  const hash = createHash("sha256");
  const md5 = file.dvc && createMd5(file.dvc.hash);
  let bytes = 0;
  const source = file.dvc
    ? await readDvc(dvcRemote, file, dvcFile)
    : await largeObjects.read(file.uri, { etag: file.etag ?? undefined });
  async function* hashed(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      mustHaveTime(clock, `${file.path}: to read it; deliver it as several files`);
      hash.update(chunk);
      md5?.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  }
  const csv = parse(CSV_OPTIONS);
  const text = new Utf8Watch();
  const watched = (read: AsyncIterable<Uint8Array>) => text.watch(read);
  const consume = async (records: AsyncIterable<string[]>): Promise<void> => {
    rows.beginFile(file.path, text);
    for await (const record of records) await rows.add(record);
    rows.endFile();
  };
  try {
    if (file.path.endsWith(".gz")) await pipeline(hashed, createGunzip(), watched, csv, consume);
    else await pipeline(hashed, watched, csv, consume);
  } catch (cause) {
    if (cause instanceof SluiceError || !isUnreadable(cause)) throw cause;
    throw new SluiceError("BadData", `${file.path}: unreadable CSV: ${messageOf(cause)}`, { cause });
  }
  const digests = md5?.digests();
  if (file.dvc && digests && !digests.includes(file.dvc.md5))
    throw new SluiceError(
      "DvcHashMismatch",
      `${dvcFile}: ${hashMismatch(`${file.path} at ${file.uri}`, file.dvc, digests, bytes)}`,
    );
  return hash.digest("hex");
}

/** Faults of the CSV and of its compression; others are of the network. */
const isUnreadable = (cause: unknown): boolean =>
  cause instanceof Error && /^(CSV_|Z_)/.test((cause as { code?: string }).code ?? "");

async function readDvc(
  remote: DvcRemote,
  file: RawFile,
  dvcFile: string | null,
): Promise<AsyncIterable<Uint8Array>> {
  try {
    return await remote.read(file.uri);
  } catch (cause) {
    if (!(cause instanceof SluiceError)) throw cause;
    throw new SluiceError(cause.code, `${dvcFile}: ${file.path} at ${file.uri}: ${cause.message}`, { cause });
  }
}
