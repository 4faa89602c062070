import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { unzipSync } from "fflate";
import { ServiceError } from "../../kernel/types.ts";

const largestUnpacked = 250 * 2 ** 20;
const largestDirectZip = 50 * 2 ** 20;

export interface UnpackedCode {
  readonly folder: string;
  /** base64, as AWS reports it. */
  readonly sha256: string;
  readonly size: number;
}

/** Unpacks a bundle into a folder named after its content. @throws ServiceError when it is no zip file or too large */
export async function unpack(zip: Uint8Array, root: string, direct: boolean): Promise<UnpackedCode> {
  if (direct && zip.length > largestDirectZip)
    throw new ServiceError(
      "RequestTooLargeException",
      `code: expected at most ${largestDirectZip} bytes in a direct upload, got ${zip.length}`,
      { status: 413 },
    );
  const digest = createHash("sha256").update(zip).digest();
  const folder = path.join(root, digest.toString("hex").slice(0, 32));
  const code = { folder, sha256: digest.toString("base64"), size: zip.length };
  if (existsSync(folder)) return code;
  const entries = Object.entries(readZip(zip));
  const total = entries.reduce((sum, [, content]) => sum + content.length, 0);
  if (total > largestUnpacked)
    throw new ServiceError(
      "InvalidParameterValueException",
      `Unzipped size must be smaller than ${largestUnpacked} bytes`,
    );
  const partial = `${folder}.partial-${process.pid}`;
  for (const [name, content] of entries) {
    const file = path.join(partial, name);
    if (!file.startsWith(`${partial}${path.sep}`))
      throw new ServiceError(
        "InvalidZipFileException",
        `zip entry ${JSON.stringify(name)} lies outside of the archive`,
      );
    if (name.endsWith("/")) continue;
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  await rename(partial, folder);
  return code;
}

function readZip(zip: Uint8Array): Record<string, Uint8Array> {
  try {
    return unzipSync(zip);
  } catch (cause) {
    throw new ServiceError(
      "InvalidParameterValueException",
      `Could not unzip uploaded file: ${(cause as Error).message}`,
    );
  }
}
