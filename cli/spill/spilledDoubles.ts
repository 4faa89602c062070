import type { DoubleStore } from "../../core/drift/index.ts";
import { type Run, RunHeap } from "./runHeap.ts";
import { type Extent, readExtent, type SpillFile } from "./spillFile.ts";

const BYTES = Float64Array.BYTES_PER_ELEMENT;
const LEAST = 64;
/** Values of a run that are in memory while all are merged, and of all runs together. */
const PART = 4096;
const MERGED = 2 ** 20;

/** A sorted run while it is read. */
class DoubleRun implements Run {
  readonly #descriptor: number;
  readonly #extent: Extent;
  readonly #values: Float64Array;
  #done = 0;
  #at = 0;
  #held = 0;

  constructor(descriptor: number, extent: Extent, part: number) {
    this.#descriptor = descriptor;
    this.#extent = extent;
    this.#values = new Float64Array(part);
    this.#read();
  }

  #read(): boolean {
    const size = Math.min(this.#values.byteLength, this.#extent.bytes - this.#done);
    readExtent(this.#descriptor, this.#extent.at + this.#done, new Uint8Array(this.#values.buffer, 0, size));
    this.#done += size;
    this.#at = 0;
    this.#held = size / BYTES;
    return size > 0;
  }

  get key(): number {
    return this.#values[this.#at] as number;
  }

  next(): boolean {
    return ++this.#at < this.#held || this.#read();
  }
}

/** Doubles of which so many are in memory; the others lie sorted on the disk. */
export class SpilledDoubles implements DoubleStore {
  readonly #spill: SpillFile;
  readonly #most: number;
  readonly #runs: Extent[] = [];
  #values = new Float64Array(LEAST);
  #held = 0;
  #length = 0;

  constructor(spill: SpillFile, heldValues: number) {
    this.#spill = spill;
    this.#most = Math.max(LEAST, Math.floor(heldValues));
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#held === this.#values.length) this.#makeRoom();
    this.#values[this.#held++] = value;
    this.#length++;
  }

  #makeRoom(): void {
    if (this.#held < this.#most) {
      const larger = new Float64Array(Math.min(this.#most, 2 * this.#held));
      larger.set(this.#values);
      this.#values = larger;
      return;
    }
    this.#runs.push(this.#spill.append(new Uint8Array(this.#sortHeld().buffer)));
    this.#held = 0;
  }

  #sortHeld(): Float64Array {
    return this.#values.subarray(0, this.#held).sort();
  }

  *sorted(): Generator<Float64Array> {
    const held = this.#sortHeld();
    if (this.#runs.length === 0) {
      yield held;
      return;
    }
    const part = Math.max(LEAST, Math.min(PART, Math.floor(MERGED / this.#runs.length)));
    const runs: Run[] = this.#runs.map((extent) => new DoubleRun(this.#spill.descriptor, extent, part));
    if (held.length > 0) runs.push(heldRun(held));
    const heap = new RunHeap(runs);
    const merged = new Float64Array(PART);
    let length = 0;
    for (let run = heap.top; run !== undefined; run = heap.top) {
      merged[length++] = run.key;
      heap.step();
      if (length < PART) continue;
      yield merged;
      length = 0;
    }
    yield merged.subarray(0, length);
  }
}

function heldRun(values: Float64Array): Run {
  let at = 0;
  return {
    get key() {
      return values[at] as number;
    },
    next: () => ++at < values.length,
  };
}
