/** What every reader of raw data agrees on, whole or as a stream; `sluice validate` takes the same files. */
import { SluiceError } from "./errors.ts";

export const CSV_OPTIONS = {
  bom: true,
  skip_empty_lines: true,
  relax_column_count: false,
  // Not what the first line ends with: the ends of lines may be mixed.
  record_delimiter: ["\r\n", "\n", "\r"],
};

/** Sees the bytes of a file go by. */
export class Utf8Watch {
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  /** Whether all that went by so far is UTF-8; it may end within a character. */
  isUtf8 = true;

  async *watch(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      this.#see(chunk);
      yield chunk;
    }
  }

  #see(chunk: Uint8Array): void {
    if (!this.isUtf8) return;
    try {
      this.#decoder.decode(chunk, { stream: true });
    } catch {
      this.isUtf8 = false;
    }
  }
}

/**
 * For a record of a file that is not all UTF-8: its other bytes have become this character, and would be data nobody has written.
 * @param row from 1, 0 for the header
 * @throws SluiceError `BadData`
 */
export function mustBeUtf8(path: string, record: readonly string[], row: number): void {
  const at = record.findIndex((cell) => cell.includes("\uFFFD"));
  if (at < 0) return;
  const where = row === 0 ? "header" : `data row ${row}`;
  throw new SluiceError(
    "BadData",
    `${path}: ${where}, value ${at + 1}: expected UTF-8 text, got ${JSON.stringify(record[at])}; save the file as UTF-8`,
  );
}
