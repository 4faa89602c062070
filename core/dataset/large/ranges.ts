/** Ranges of rows, each small enough for one Lambda's memory and each before the next, found from a sample of the rows. */
import { hashName } from "../../statistics/streams/categoricalCounts.ts";

export interface RowKey {
  readonly time: string;
  readonly tie: string;
}

interface Sampled extends RowKey {
  readonly hash: number;
}

/** Rows of a sample: with 20 a range of 64 MB, one in a thousand ranges is twice as large as meant. */
const KEPT = 20_000;

/**
 * The rows whose numbers have the smallest hashes: the same rows in whichever parts they are looked at, in constant memory. `merge` puts
 * samples of parts together.
 */
export class RowSample {
  #rows: Sampled[] = [];
  #limit = Number.POSITIVE_INFINITY;

  add(number: number, time: string, tie: string): void {
    const hash = hashName(String(number));
    if (hash >= this.#limit) return;
    this.#rows.push({ hash, time, tie });
    if (this.#rows.length >= 2 * KEPT) this.#thin();
  }

  merge(rows: readonly Sampled[]): void {
    for (const row of rows) if (row.hash < this.#limit) this.#rows.push(row);
    this.#thin();
  }

  rows(): readonly Sampled[] {
    this.#thin();
    return this.#rows;
  }

  #thin(): void {
    this.#rows.sort((a, b) => a.hash - b.hash || compareKeys(a, b));
    if (this.#rows.length <= KEPT) return;
    this.#rows.length = KEPT;
    this.#limit = (this.#rows[KEPT - 1] as Sampled).hash;
  }
}

export const compareKeys = (a: RowKey, b: RowKey): number =>
  a.time < b.time ? -1 : a.time > b.time ? 1 : a.tie < b.tie ? -1 : a.tie > b.tie ? 1 : 0;

/** First keys of all ranges but the first, rising; fewer than asked where rows are alike. */
export function rangeStarts(sample: readonly RowKey[], ranges: number): RowKey[] {
  const keys = sample.map(({ time, tie }) => ({ time, tie })).sort(compareKeys);
  const starts = Array.from(
    { length: ranges - 1 },
    (_, i) => keys[Math.floor(((i + 1) * keys.length) / ranges)] as RowKey,
  );
  return starts.filter((key, i) => i === 0 || compareKeys(starts[i - 1] as RowKey, key) < 0);
}
