import { fallingOrder, type RankedRows } from "../../core/evaluation/paired/index.ts";
import { type Run, RunHeap } from "./runHeap.ts";
import { type Extent, readExtent, type SpillFile } from "./spillFile.ts";

/** A row on the disk: its score, its number and its label. */
const RECORD_BYTES = 16;
const DOUBLES = RECORD_BYTES / 8;
const WORDS = RECORD_BYTES / 4;
/** Rows of a run that are in memory at a time, and of what comes out. */
const PART_ROWS = 1024;

/** Rows by one score, gathered in any order: whenever so many are there, they go to the disk in falling order. */
export class RankedRuns {
  readonly #spill: SpillFile;
  readonly #scores: Float64Array;
  readonly #rows: Uint32Array;
  readonly #labels: Uint32Array;
  readonly #runs: Extent[] = [];
  #length = 0;

  constructor(spill: SpillFile, heldRows: number) {
    this.#spill = spill;
    this.#scores = new Float64Array(heldRows);
    this.#rows = new Uint32Array(heldRows);
    this.#labels = new Uint32Array(heldRows);
  }

  add(score: number, row: number, label: number): void {
    this.#scores[this.#length] = score;
    this.#rows[this.#length] = row;
    this.#labels[this.#length] = label;
    if (++this.#length === this.#scores.length) this.#write();
  }

  #write(): void {
    const order = fallingOrder(this.#scores.subarray(0, this.#length));
    const bytes = new ArrayBuffer(RECORD_BYTES * order.length);
    const [doubles, words] = [new Float64Array(bytes), new Uint32Array(bytes)];
    order.forEach((from, to) => {
      doubles[DOUBLES * to] = this.#scores[from] as number;
      words[WORDS * to + 2] = this.#rows[from] as number;
      words[WORDS * to + 3] = this.#labels[from] as number;
    });
    this.#runs.push(this.#spill.append(new Uint8Array(bytes)));
    this.#length = 0;
  }

  /** Where all rows lie, once the last was added. */
  finish(): readonly Extent[] {
    if (this.#length > 0) this.#write();
    return this.#runs;
  }
}

/** A run while it is read. */
class RankedRun implements Run {
  readonly #descriptor: number;
  readonly #extent: Extent;
  readonly #bytes = new Uint8Array(RECORD_BYTES * PART_ROWS);
  readonly #doubles = new Float64Array(this.#bytes.buffer);
  readonly #words = new Uint32Array(this.#bytes.buffer);
  #done = 0;
  #at = 0;
  #held = 0;

  constructor(descriptor: number, extent: Extent) {
    this.#descriptor = descriptor;
    this.#extent = extent;
    this.#read();
  }

  #read(): boolean {
    const size = Math.min(this.#bytes.length, this.#extent.bytes - this.#done);
    readExtent(this.#descriptor, this.#extent.at + this.#done, this.#bytes.subarray(0, size));
    this.#done += size;
    this.#at = 0;
    this.#held = size / RECORD_BYTES;
    return size > 0;
  }

  /** Falling scores rise when they are turned. */
  get key(): number {
    return -this.score;
  }

  get score(): number {
    return this.#doubles[DOUBLES * this.#at] as number;
  }

  get row(): number {
    return this.#words[WORDS * this.#at + 2] as number;
  }

  get label(): number {
    return this.#words[WORDS * this.#at + 3] as number;
  }

  next(): boolean {
    return ++this.#at < this.#held || this.#read();
  }
}

/** All rows of sorted runs by falling score; a part lasts until the next one is asked for. */
export function* readRanked(descriptor: number, extents: readonly Extent[]): Generator<RankedRows> {
  const heap = new RunHeap(extents.map((extent) => new RankedRun(descriptor, extent)));
  const scores = new Float64Array(PART_ROWS);
  const [rows, labels] = [new Uint32Array(PART_ROWS), new Uint32Array(PART_ROWS)];
  let length = 0;
  for (let run = heap.top; run !== undefined; run = heap.top) {
    scores[length] = run.score;
    rows[length] = run.row;
    labels[length] = run.label;
    heap.step();
    if (++length < PART_ROWS) continue;
    yield { scores, rows, labels, length };
    length = 0;
  }
  yield { scores, rows, labels, length };
}
