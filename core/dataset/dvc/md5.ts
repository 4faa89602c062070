/** The hashes of DVC 2 and 3, over bytes as they arrive. */
import { createHash, type Hash } from "node:crypto";
import type { DvcOut } from "../../../contracts/dvc.ts";

/** Bytes that DVC reads at a time (`fobj_md5` of dvc-data); line ends are replaced within such a block, never across two. */
const BLOCK = 2 ** 20;
/** Bytes at the start of a block by which DVC tells text from binary. */
const SAMPLE = 512;

/** Takes bytes in chunks of any length. */
export interface Md5 {
  update(chunk: Uint8Array): void;
  /** Every md5, in hex, that a release of DVC gives these bytes: one, except for mixed files of DVC 2. Ends the hash. */
  digests(): string[];
}

export const createMd5 = (kind: DvcOut["hash"]): Md5 => (kind === "md5" ? new PlainMd5() : new Dos2UnixMd5());

/** md5 of bytes that are all there, as DVC 3 gives it. */
export const md5 = (body: Uint8Array | string): string => createHash("md5").update(body).digest("hex");

class PlainMd5 implements Md5 {
  readonly #hash = createHash("md5");
  update(chunk: Uint8Array): void {
    this.#hash.update(chunk);
  }
  digests(): string[] {
    return [this.#hash.digest("hex")];
  }
}

/**
 * `\r\n` becomes `\n` where the bytes look like text. DVC 2 (2.58, dvc-data 0.51) decides by the start of the file for all of it; DVC 3
 * decides again for each block when it hashes data of DVC 2. Both are kept, because either may have written the `.dvc` file.
 */
class Dos2UnixMd5 implements Md5 {
  #pending: Uint8Array[] = [];
  #length = 0;
  #isText: boolean | undefined;
  readonly #once = createHash("md5");
  /** Differs from `#once` after the first block that does not look like the first one. */
  #each: Hash | undefined;

  update(chunk: Uint8Array): void {
    let rest = chunk;
    while (this.#length + rest.length >= BLOCK) {
      const taken = BLOCK - this.#length;
      this.#pending.push(rest.subarray(0, taken));
      rest = rest.subarray(taken);
      this.#flush();
    }
    if (rest.length > 0) this.#pending.push(rest);
    this.#length += rest.length;
  }

  digests(): string[] {
    if (this.#length > 0) this.#flush();
    const digests = [this.#once.digest("hex")];
    if (this.#each) digests.push(this.#each.digest("hex"));
    return digests;
  }

  #flush(): void {
    const block = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#length = 0;
    const looksText = isText(block.subarray(0, SAMPLE));
    this.#isText ??= looksText;
    if (looksText !== this.#isText) this.#each ??= this.#once.copy();
    this.#once.update(this.#isText ? dos2unix(block) : block);
    this.#each?.update(looksText ? dos2unix(block) : block);
  }
}

/** `istextblock` of dvc-data: no NUL, and at most 30 % of the bytes outside printable ASCII, `\n`, `\r`, `\t`, `\f` and `\b`. */
function isText(sample: Uint8Array): boolean {
  let others = 0;
  for (const byte of sample) {
    if (byte === 0) return false;
    const isPrintable = byte >= 32 && byte < 127;
    if (!isPrintable && byte !== 8 && byte !== 9 && byte !== 10 && byte !== 12 && byte !== 13) others += 1;
  }
  return others / sample.length <= 0.3;
}

/** Latin-1 keeps each byte as one character. */
const dos2unix = (block: Buffer): Buffer =>
  Buffer.from(block.toString("latin1").replaceAll("\r\n", "\n"), "latin1");
