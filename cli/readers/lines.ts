import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { gzipError, InputError } from "./inputError.ts";
import type { ReadPosition } from "./position.ts";
import { notUtf8 } from "./utf8.ts";

/** A line of a file with its number, from 1. */
export interface Line {
  readonly line: number;
  readonly text: string;
}

/** Longest line: a captured request and its answer may have some 30 MB each, more in base64. */
const MOST_LINE_BYTES = 128 * 1024 * 1024;
const LF = 0x0a;

/** The bytes of one line as text. */
function textOf(file: string, line: number, bytes: Buffer): string {
  const text = bytes.toString("utf8").replace(/\r$/, "");
  const got = notUtf8(bytes, text);
  if (got !== undefined) throw new InputError(file, "UTF-8 text", got, { line });
  return line === 1 ? text.replace(/^\uFEFF/, "") : text;
}

/** The lines of a text file that are not blank, without byte-order mark, each ended by LF or CRLF; streamed, also gzipped. */
export async function* readLines(file: string, position: ReadPosition): AsyncGenerator<Line> {
  const source = createReadStream(file);
  const bytes = file.endsWith(".gz") ? source.pipe(createGunzip()) : source;
  if (bytes !== source) source.on("error", (error) => bytes.destroy(error));
  let line = 1;
  let begun: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      position.bytes = source.bytesRead;
      let from = 0;
      for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
        const rest = chunk.subarray(from, end);
        const text = textOf(file, line, size === 0 ? rest : Buffer.concat([...begun, rest]));
        if (text.trim() !== "") yield { line, text };
        line++;
        from = end + 1;
        begun = [];
        size = 0;
      }
      if (from < chunk.length) begun.push(chunk.subarray(from));
      size += chunk.length - from;
      if (size > MOST_LINE_BYTES)
        throw new InputError(file, `lines of at most ${MOST_LINE_BYTES} bytes`, "a longer one", { line });
    }
    const text = textOf(file, line, Buffer.concat(begun));
    if (text.trim() !== "") yield { line, text };
  } catch (error) {
    throw gzipError(file, error);
  } finally {
    source.destroy();
  }
}
