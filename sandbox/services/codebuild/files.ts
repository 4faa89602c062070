/** Sources into folders, artifacts out of them. */
import { globSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, matchesGlob, resolve, sep } from "node:path";
import { unzipSync, zipSync } from "fflate";
import type { ArtifactSet } from "./buildspec.ts";

/** Zips carry times; a fixed one keeps equal content equal. */
const zipTime = new Date(Date.UTC(1980, 0, 2));

/** Unpacks a zip below `folder`; an entry that would leave it is an error. */
export function unpack(zip: Uint8Array, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [path, content] of Object.entries(unzipSync(zip))) {
    const target = resolve(folder, path);
    if (target !== folder && !target.startsWith(folder + sep))
      throw new Error(`source zip: the entry ${JSON.stringify(path)} leaves the folder`);
    if (path.endsWith("/")) {
      mkdirSync(target, { recursive: true });
      continue;
    }
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
}

/** Files that match, relative to `folder`, sorted. */
export function matching(
  folder: string,
  patterns: readonly string[],
  exclude: readonly string[] = [],
): string[] {
  const found = new Set<string>();
  for (const pattern of patterns) {
    for (const path of globSync(pattern, { cwd: folder })) {
      if (statSync(join(folder, path)).isFile() && !exclude.some((other) => matchesGlob(path, other)))
        found.add(path);
    }
  }
  return [...found].sort();
}

/** An artifact set's files by their path in the artifact; empty when a listed path matches nothing. */
export function collect(
  sourceDirectory: string,
  set: ArtifactSet,
): { files: Record<string, Uint8Array>; missing: string[] } {
  const folder = resolve(sourceDirectory, set.baseDirectory);
  const missing = set.files.filter((pattern) => matching(folder, [pattern]).length === 0);
  const files: Record<string, Uint8Array> = {};
  for (const path of matching(folder, set.files, set.exclude)) {
    files[set.discardPaths ? basename(path) : path] = readFileSync(join(folder, path));
  }
  return { files, missing };
}

export function pack(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  return zipSync(
    Object.fromEntries(Object.entries(files).map(([path, content]) => [path, [content, { mtime: zipTime }]])),
  );
}
