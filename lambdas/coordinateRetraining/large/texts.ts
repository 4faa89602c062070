/** Text of many objects, one after the other, without waiting for each. */
import type { LargeObjects } from "../../shared/largeObjects.ts";
import type { Objects, StoredObject } from "../../shared/objects.ts";

/** Objects that are fetched at once, if they are small; captures lie in thousands of files. */
const AHEAD = 8;
const SMALL = 4 * 2 ** 20;
/** Characters of whole lines that are given at once, at least. */
const LINES = 2 ** 20;

/** Each object with its bytes, in order: small ones are fetched ahead, larger ones come as a stream. */
export async function* readAhead<File extends StoredObject>(
  objects: Pick<Objects, "get">,
  largeObjects: Pick<LargeObjects, "read">,
  files: readonly File[],
): AsyncGenerator<readonly [File, AsyncIterable<Uint8Array>]> {
  const fetched = new Map<File, Promise<Uint8Array>>();
  for (const [index, file] of files.entries()) {
    for (const next of files.slice(index, index + AHEAD)) {
      if (next.bytes > SMALL || fetched.has(next)) continue;
      const body = objects.get(next.uri);
      // Awaited in its turn; a failure before must not end the process.
      body.catch(() => undefined);
      fetched.set(next, body);
    }
    const body = fetched.get(file);
    fetched.delete(file);
    yield [file, body ? one(await body) : await largeObjects.read(file.uri)];
  }
}

async function* one(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}

/** The text in pieces that end where a line does. */
export async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let held = "";
  for await (const chunk of bytes) {
    held += decoder.decode(chunk, { stream: true });
    const end = held.length < LINES ? -1 : held.lastIndexOf("\n");
    if (end < 0) continue;
    yield held.slice(0, end);
    held = held.slice(end + 1);
  }
  yield held + decoder.decode();
}
