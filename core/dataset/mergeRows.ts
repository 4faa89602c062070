/**
 * The rows of a retraining set: history and what was served with its labels, two sources in the order of time merged into one, in memory that
 * does not grow with either. Whether the rows come from memory or turn by turn from S3, this decides which are new.
 */

/** A row's time, its features and its label. Missing is empty. */
export type Cells = readonly string[];

/** Rows that follow each other, and where their source can be begun again to give them. */
export interface Batch {
  readonly at: number;
  readonly rows: readonly Cells[];
}

/** Before the row that comes `skip` rows after the source was begun at `at`. */
export interface Place {
  readonly at: number;
  readonly skip: number;
}

export interface MergeCounts {
  /** Rows of the history. */
  readonly historyRows: number;
  /** Served rows that the history has already. */
  readonly knownRows: number;
  /** Served rows alike in time, features and label with one before. */
  readonly duplicates: number;
  readonly freshRows: number;
  /** Of the fresh rows those that are not newer than the newest row of the history. */
  readonly lateRows: number;
}

/** How far a merge is: what was counted, and where both sources go on. */
export interface MergeState extends MergeCounts {
  readonly history: Place;
  readonly served: Place;
}

export const MERGE_START: MergeState = {
  historyRows: 0,
  knownRows: 0,
  duplicates: 0,
  freshRows: 0,
  lateRows: 0,
  history: { at: 0, skip: 0 },
  served: { at: 0, skip: 0 },
};

export interface MergedRow {
  readonly cells: Cells;
  readonly isNew: boolean;
}

export interface Merged {
  readonly rows: readonly MergedRow[];
  /** After these rows: a merge that begins here goes on with the next. */
  readonly state: MergeState;
}

/** Rows that are given at once, at least; rows of one time stay together. */
const SLICE = 4096;

/**
 * Merges in the order of time as text, the history first; each source must be in that order, and begun at the state's place.
 * @throws RangeError when one is not
 */
export async function* mergeRows(
  history: AsyncIterable<Batch>,
  served: AsyncIterable<Batch>,
  from: MergeState = MERGE_START,
): AsyncGenerator<Merged> {
  const merge = new Merge(
    new Cursor("history", history, from.history),
    new Cursor("served", served, from.served),
    from,
  );
  while (await merge.step()) if (merge.rows.length >= SLICE) yield merge.take();
  yield merge.take();
}

class Merge {
  readonly #history: Cursor;
  readonly #served: Cursor;
  readonly #counts: { -readonly [Name in keyof MergeCounts]: number };
  rows: MergedRow[] = [];

  constructor(
    history: Cursor,
    served: Cursor,
    { historyRows, knownRows, duplicates, freshRows, lateRows }: MergeCounts,
  ) {
    this.#history = history;
    this.#served = served;
    this.#counts = { historyRows, knownRows, duplicates, freshRows, lateRows };
  }

  take(): Merged {
    const { rows } = this;
    this.rows = [];
    return { rows, state: { ...this.#counts, history: this.#history.place, served: this.#served.place } };
  }

  /** Takes all rows of the next time; false when there are none. */
  async step(): Promise<boolean> {
    const past = await this.#history.peek();
    const next = await this.#served.peek();
    if (past === null && next === null) return false;
    const time = timeOf(past === null || (next !== null && timeOf(next) < timeOf(past)) ? next : past);
    const old = await this.#history.takeAll(time);
    for (const cells of old) this.rows.push({ cells, isNew: false });
    this.#counts.historyRows += old.length;
    const rows = await this.#served.takeAll(time);
    if (rows.length > 0) this.#takeServed(rows, old, old.length > 0 || (await this.#history.peek()) !== null);
    return true;
  }

  #takeServed(rows: readonly Cells[], old: readonly Cells[], isLate: boolean): void {
    const known = new Set(old.map(lineOf));
    const lines = new Set<string>();
    for (const cells of rows) {
      const line = lineOf(cells);
      if (known.has(line)) this.#counts.knownRows++;
      else if (lines.has(line)) this.#counts.duplicates++;
      else {
        lines.add(line);
        this.rows.push({ cells, isNew: true });
        this.#counts.freshRows++;
        if (isLate) this.#counts.lateRows++;
      }
    }
  }
}

const timeOf = (cells: Cells | null): string => cells?.[0] ?? "";
const lineOf = (cells: Cells): string => cells.join("\u0000");

class Cursor {
  readonly #name: string;
  readonly #batches: AsyncIterator<Batch>;
  #batch: Batch;
  #index: number;
  #last = "";

  constructor(name: string, batches: AsyncIterable<Batch>, { at, skip }: Place) {
    this.#name = name;
    this.#batches = batches[Symbol.asyncIterator]();
    this.#batch = { at, rows: [] };
    this.#index = skip;
  }

  get place(): Place {
    return { at: this.#batch.at, skip: this.#index };
  }

  async peek(): Promise<Cells | null> {
    while (this.#index >= this.#batch.rows.length) {
      const next = await this.#batches.next();
      if (next.done === true) return null;
      // A source that was begun again gives the rows before its place once more, in one batch or several.
      this.#index -= this.#batch.rows.length;
      this.#batch = next.value;
    }
    return this.#batch.rows[this.#index] as Cells;
  }

  /** All rows of a time that come next. */
  async takeAll(time: string): Promise<Cells[]> {
    const rows: Cells[] = [];
    for (let row = await this.peek(); row !== null && timeOf(row) === time; row = await this.peek()) {
      rows.push(row);
      this.#index++;
    }
    if (rows.length > 0 && time < this.#last)
      throw new RangeError(
        `${this.#name}: expected rows in the order of their time, got ${JSON.stringify(time)} after ${JSON.stringify(this.#last)}`,
      );
    if (rows.length > 0) this.#last = time;
    return rows;
  }
}
