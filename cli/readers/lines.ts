import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import { gzipError } from "./inputError.ts";
import type { ReadPosition } from "./position.ts";

/** A line of a file with its number, from 1. */
export interface Line {
  readonly line: number;
  readonly text: string;
}

/** The lines of a text file that are not blank, without byte-order mark; streamed, also gzipped. */
export async function* readLines(file: string, position: ReadPosition): AsyncGenerator<Line> {
  const source = createReadStream(file);
  const bytes = file.endsWith(".gz") ? source.pipe(createGunzip()) : source;
  const lines = createInterface({ input: bytes, crlfDelay: Infinity });
  const failed = new Promise<never>((_, reject) => {
    source.on("error", reject);
    bytes.on("error", (error: unknown) => reject(gzipError(file, error)));
  });
  failed.catch(() => lines.close());
  let line = 0;
  try {
    for await (const text of lines) {
      line++;
      position.bytes = source.bytesRead;
      if (text.trim() !== "") yield { line, text: line === 1 ? text.replace(/^\uFEFF/, "") : text };
    }
  } catch (error) {
    throw gzipError(file, error);
  } finally {
    source.destroy();
  }
  if (source.errored !== null || bytes.errored !== null) await failed;
}
