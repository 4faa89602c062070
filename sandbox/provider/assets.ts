/** Files that a program hands over: read, packed and hashed the same way each time. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { zipSync } from "fflate";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";

interface Asset {
  readonly [SIGNATURE]: string;
  readonly path?: string;
  readonly text?: string;
  readonly hash?: string;
}

/** Zip dates are local times from 1980 on; noon keeps the date the same in every time zone. */
const EPOCH = new Date(1980, 0, 1, 12);

export const isAsset = (value: unknown): value is Asset =>
  typeof value === "object" &&
  value !== null &&
  [ASSET, ARCHIVE].includes((value as Record<string, string>)[SIGNATURE] ?? "");

/**
 * Bytes of an asset; of a folder given as an archive, a zip with sorted names and fixed dates.
 * @throws Error when the file is missing or the kind of asset (remote, nested) is not supported
 */
export function assetBytes(value: unknown): Uint8Array {
  if (!isAsset(value)) throw new Error(`expected an asset or archive, got ${JSON.stringify(value)}`);
  if (value.text !== undefined) return Buffer.from(value.text, "utf8");
  if (value.path === undefined)
    throw new Error("only files, folders and text are supported as assets, not URLs or nested archives");
  if (value[SIGNATURE] === ARCHIVE && statSync(value.path).isDirectory()) return zipFolder(value.path);
  return readFileSync(value.path);
}

function zipFolder(folder: string): Uint8Array {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
  const files = Object.fromEntries(
    names.map((name) => [name.split(path.sep).join("/"), readFileSync(path.join(folder, name))]),
  );
  return zipSync(files, { mtime: EPOCH, level: 6 });
}

/** The value; an asset with its content's hash, unless it has one already, so that a changed file is a difference. */
export function withAssetHash(value: unknown): unknown {
  if (!isAsset(value) || value.hash !== undefined) return value;
  return { ...value, hash: createHash("sha256").update(assetBytes(value)).digest("hex") };
}

export const assetHash = (value: unknown): string | undefined => (isAsset(value) ? value.hash : undefined);
