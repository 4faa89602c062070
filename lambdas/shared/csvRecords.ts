/** CSV read as a stream, for files that need not fit memory. */
import { Readable } from "node:stream";
import { parse } from "csv-parse";
import { CSV_OPTIONS } from "./csvOptions.ts";
import { messageOf, SluiceError } from "./errors.ts";

/** The records of a file, its header first. @throws SluiceError `BadData` with file and line when it cannot be read */
export async function* csvRecords(
  uri: string,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly string[]> {
  try {
    yield* Readable.from(bytes).pipe(parse(CSV_OPTIONS)) as AsyncIterable<string[]>;
  } catch (cause) {
    throw new SluiceError("BadData", `${uri}: unreadable CSV: ${messageOf(cause)}`, { cause });
  }
}
