import { createHash } from "node:crypto";

/** Deterministic identifiers: the n-th of a seed is always the same. */
export class SeededIdentifiers {
  readonly #seed: string;
  #count = 0;

  constructor(seed: number | string) {
    this.#seed = String(seed);
  }

  /** A version 4 UUID in form, derived from seed and count. */
  uuid(): string {
    const hex = createHash("sha256")
      .update(`${this.#seed}/${++this.#count}`)
      .digest("hex");
    const variant = "89ab"[Number.parseInt(hex[16] as string, 16) % 4];
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  }
}
