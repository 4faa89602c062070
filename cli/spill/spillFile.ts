import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputError } from "../readers/index.ts";

/** A part of a spill file. */
export interface Extent {
  readonly at: number;
  readonly bytes: number;
}

/**
 * Room on the disk for values that would not fit in memory, in the system's folder of temporary files. For the owner alone, and without a name from the start: however
 * the process ends, the system frees it, so that no values stay behind.
 */
export class SpillFile {
  /** Descriptor of the file; threads of this process read by it. */
  readonly descriptor: number;
  readonly #folder: string;
  #end = 0;

  constructor(folder = tmpdir()) {
    this.#folder = folder;
    const own = mkdtempSync(join(folder, "sluice-"));
    try {
      this.descriptor = openSync(join(own, "values"), "wx+", 0o600);
    } finally {
      rmSync(own, { recursive: true });
    }
  }

  /** Bytes that were written. */
  get bytes(): number {
    return this.#end;
  }

  /** Throws `InputError` where the disk is full. */
  append(bytes: Uint8Array): Extent {
    const extent = { at: this.#end, bytes: bytes.length };
    try {
      for (let done = 0; done < bytes.length; )
        done += writeSync(this.descriptor, bytes, done, bytes.length - done, this.#end + done);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
      throw new InputError(
        this.#folder,
        "room for what does not fit in memory (TMPDIR names another folder)",
        `none after ${this.#end} bytes`,
      );
    }
    this.#end += bytes.length;
    return extent;
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

/** Fills `target` from a spill file. */
export function readExtent(descriptor: number, at: number, target: Uint8Array): void {
  for (let done = 0; done < target.length; ) {
    const read = readSync(descriptor, target, done, target.length - done, at + done);
    if (read === 0) throw new Error(`spill file: expected ${target.length} bytes at ${at}, got ${done}`);
    done += read;
  }
}
