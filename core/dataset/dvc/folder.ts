/** `.dir` objects: the listing of a folder, a JSON list of `{"md5", "relpath"}`. Its own md5 over these very bytes names the folder. */
import type { Problem } from "../../../contracts/modelSpec.ts";
import { md5 } from "./md5.ts";

export interface FolderEntry {
  readonly md5: string;
  /** Path inside the folder, parts separated by `/`. */
  readonly relpath: string;
}

/** Reads a listing; everything wrong with it at once, with the place in the list. */
export function parseFolder(text: string): { entries: FolderEntry[] } | { problems: Problem[] } {
  const list = readList(text);
  if (!list)
    return {
      problems: [
        { path: "(whole file)", message: `expected a JSON list, got ${JSON.stringify(text.slice(0, 60))}` },
      ],
    };
  const problems: Problem[] = [];
  const seen = new Set<string>();
  const entries = list.map((value, index): FolderEntry => {
    const { md5: hash, relpath } = (value ?? {}) as Record<string, unknown>;
    const complain = (key: string, expected: string, got: unknown): void => {
      problems.push({
        path: `${index}.${key}`,
        message: `expected ${expected}, got ${JSON.stringify(got) ?? "nothing"}`,
      });
    };
    if (typeof hash !== "string" || !/^[0-9a-f]{32}$/.test(hash)) complain("md5", "32 hex digits", hash);
    if (!isRelative(relpath)) complain("relpath", "a path inside the folder", relpath);
    else if (seen.has(relpath)) complain("relpath", "each path once", relpath);
    seen.add(String(relpath));
    return { md5: String(hash), relpath: String(relpath) };
  });
  return problems.length > 0 ? { problems } : { entries };
}

function readList(text: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isRelative = (path: unknown): path is string =>
  typeof path === "string" && path.split("/").every((part) => part !== "" && part !== "." && part !== "..");

/**
 * The listing as DVC writes it, byte for byte, because its hash is the folder's name: sorted by code points, separated as Python's
 * `json.dumps` does, everything outside ASCII escaped (dvc-data, `Tree.as_bytes`).
 */
export function renderFolder(entries: readonly FolderEntry[]): {
  readonly body: string;
  readonly md5: string;
} {
  const sorted = [...entries].sort((a, b) => compareCodePoints(a.relpath, b.relpath));
  const lines = sorted.map(
    (entry) => `{"md5": ${asciiJson(entry.md5)}, "relpath": ${asciiJson(entry.relpath)}}`,
  );
  const body = `[${lines.join(", ")}]`;
  return { body, md5: md5(body) };
}

/** Python escapes DEL not, JSON.stringify neither; both escape what is below a space alike. */
const asciiJson = (text: string): string =>
  JSON.stringify(text).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** UTF-8 sorts as code points do; JavaScript's own order is by UTF-16 units and differs past U+FFFF. */
const compareCodePoints = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
