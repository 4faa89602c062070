/** Archives with the same bytes for the same files: fixed times, sorted names, no owner. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { gzipSync } from "node:zlib";
import { type Zippable, zipSync } from "fflate";
import { Header } from "tar";

/** ZIP cannot hold times before 1980. */
const FIXED_TIME = new Date("2000-01-01T00:00:00Z");
const SKIPPED = new Set(["__pycache__", ".pytest_cache", ".ruff_cache", ".git", ".dvc", "node_modules"]);
/** In a folder `data` only what DVC keeps beside the data belongs to the source. */
const isRawData = (path: string): boolean => /(^|\/)data\//.test(path) && !/(\.dvc|\/dvc\.lock)$/.test(path);

export interface FileEntry {
  readonly path: string;
  readonly body: Uint8Array;
}

/** Files below a folder in name order, caches and raw data left out. */
export function filesBelow(folder: string, base = folder): FileEntry[] {
  return readdirSync(folder)
    .sort()
    .filter((name) => !SKIPPED.has(name))
    .flatMap((entry) => {
      const path = join(folder, entry);
      if (statSync(path).isDirectory()) return filesBelow(path, base);
      const name = relative(base, path).split(sep).join("/");
      return isRawData(name) ? [] : [{ path: name, body: new Uint8Array(readFileSync(path)) }];
    });
}

export function zip(files: readonly FileEntry[]): Uint8Array {
  const entries: Zippable = {};
  for (const file of files) entries[file.path] = [file.body, { mtime: FIXED_TIME, level: 9 }];
  return zipSync(entries);
}

/** A gzipped tar; gzip's own header carries no time. */
export function tarGz(files: readonly FileEntry[]): Uint8Array {
  const blocks: Buffer[] = [];
  for (const file of files) {
    const block = Buffer.alloc(512);
    new Header({
      path: file.path,
      size: file.body.length,
      mode: 0o644,
      mtime: FIXED_TIME,
      type: "File",
      uid: 0,
      gid: 0,
    }).encode(block, 0);
    blocks.push(block, Buffer.from(file.body), Buffer.alloc((512 - (file.body.length % 512)) % 512));
  }
  blocks.push(Buffer.alloc(1024));
  return gzipSync(Buffer.concat(blocks), { level: 9 });
}
