/** tar.gz archives from texts, for tests that hand code and models to SageMaker. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { create } from "tar";

/** Packs `files` (path → content); equal content gives equal bytes. */
export async function tarball(files: Readonly<Record<string, string | Uint8Array>>): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-tar-"));
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    const chunks: Buffer[] = [];
    const stream = create(
      { gzip: true, portable: true, mtime: new Date(0), cwd: folder },
      Object.keys(files),
    );
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
