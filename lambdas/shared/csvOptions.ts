/** What every reader of raw data agrees on, whole or as a stream; `sluice validate` takes the same files. */
import { SluiceError } from "./errors.ts";

export const CSV_OPTIONS = {
  bom: true,
  skip_empty_lines: true,
  relax_column_count: false,
  // Not what the first line ends with: the ends of lines may be mixed.
  record_delimiter: ["\r\n", "\n", "\r"],
};

/** Bytes that are no UTF-8 become this character, and would be data nobody has written. `row`: from 1, 0 for the header. @throws SluiceError `BadData` */
export function mustBeUtf8(path: string, record: readonly string[], row: number): void {
  const at = record.findIndex((cell) => cell.includes("\uFFFD"));
  if (at < 0) return;
  const where = row === 0 ? "header" : `data row ${row}`;
  throw new SluiceError(
    "BadData",
    `${path}: ${where}, value ${at + 1}: expected UTF-8 text, got ${JSON.stringify(record[at])}; save the file as UTF-8`,
  );
}
