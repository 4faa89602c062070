/** Lines of text as gzipped objects of a bounded size. */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Objects } from "./objects.ts";

const compress = promisify(gzip);

/** Characters of rows in one object: large enough for S3, small enough to be many for Athena's readers, which cannot split gzip. */
const CHUNK = 32 * 2 ** 20;

/** Writes `<prefix>-00000.gz` and so on; the same lines give the same objects. */
export class RowChunks {
  readonly #objects: Pick<Objects, "put">;
  readonly #prefix: string;
  #lines: string[] = [];
  #held = 0;
  #chunks = 0;

  constructor(objects: Pick<Objects, "put">, prefix: string) {
    this.#objects = objects;
    this.#prefix = prefix;
  }

  /** When this gives a promise, it must be awaited before the next line. */
  add(line: string): Promise<void> | undefined {
    this.#lines.push(line);
    this.#held += line.length;
    return this.#held >= CHUNK ? this.flush() : undefined;
  }

  async flush(): Promise<void> {
    if (this.#lines.length === 0) return;
    const body = await compress(`${this.#lines.join("\n")}\n`, { level: 1 });
    const uri = `${this.#prefix}-${String(this.#chunks).padStart(5, "0")}.gz`;
    await this.#objects.put(uri, body, "application/gzip");
    this.#chunks++;
    this.#lines = [];
    this.#held = 0;
  }
}
