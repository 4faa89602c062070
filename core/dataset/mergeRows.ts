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
 * Merges in the order of time as text, the history first; each source must be in that order, and begun at the state's place. `slice`: rows
 * that are given at once, at least.
 * @throws RangeError when one is not
 */
export async function* mergeRows(
  history: AsyncIterable<Batch>,
  served: AsyncIterable<Batch>,
  from: MergeState = MERGE_START,
  slice = SLICE,
): AsyncGenerator<Merged> {
  const merge = new Merge(
    new Cursor("history", history, from.history),
    new Cursor("served", served, from.served),
    from,
  );
  for (;;) {
    // Promises are for the next batch only: one a row would cost more than the rows.
    const wait = merge.fill();
    if (wait) await wait;
    if (merge.isDone) break;
    const more = merge.step();
    if (more) await more;
    if (merge.rows.length >= slice) yield merge.take();
  }
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

  /** Makes sure that each source has a next row, or none. */
  fill(): Promise<unknown> | undefined {
    return this.#history.isDry || this.#served.isDry
      ? Promise.all([this.#history.fill(), this.#served.fill()])
      : undefined;
  }

  get isDone(): boolean {
    return this.#history.row === null && this.#served.row === null;
  }

  /** Takes all rows of the next time. */
  step(): Promise<void> | undefined {
    const { row: past } = this.#history;
    const { row: next } = this.#served;
    const time = timeOf(past === null || (next !== null && timeOf(next) < timeOf(past)) ? next : past);
    const old: Cells[] = [];
    const rows: Cells[] = [];
    this.#history.takeAll(time, old);
    this.#served.takeAll(time, rows);
    if (!this.#history.isDry && !this.#served.isDry) return this.#count(old, rows);
    return this.#takeRest(time, old, rows);
  }

  /** A batch ended with rows of this time: the next one may begin with more. */
  async #takeRest(time: string, old: Cells[], rows: Cells[]): Promise<void> {
    while (this.#history.isDry || this.#served.isDry) {
      await this.fill();
      this.#history.takeAll(time, old);
      this.#served.takeAll(time, rows);
    }
    this.#count(old, rows);
  }

  #count(old: readonly Cells[], rows: readonly Cells[]): undefined {
    for (const cells of old) this.rows.push({ cells, isNew: false });
    this.#counts.historyRows += old.length;
    if (rows.length === 0) return;
    const isLate = old.length > 0 || this.#history.row !== null;
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
  #isOver = false;
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

  /** Whether the next row is in a batch that has not come yet. */
  get isDry(): boolean {
    return !this.#isOver && this.#index >= this.#batch.rows.length;
  }

  /** The next row; null where there is none. Not while it is dry. */
  get row(): Cells | null {
    return this.#batch.rows[this.#index] ?? null;
  }

  async fill(): Promise<void> {
    while (this.isDry) {
      const next = await this.#batches.next();
      if (next.done === true) {
        this.#isOver = true;
        return;
      }
      // A source that was begun again gives the rows before its place once more, in one batch or several.
      this.#index -= this.#batch.rows.length;
      this.#batch = next.value;
    }
  }

  /** Takes the rows of a time that come next, as far as the batch goes. */
  takeAll(time: string, into: Cells[]): void {
    const { rows } = this.#batch;
    const from = this.#index;
    while (this.#index < rows.length && timeOf(rows[this.#index] as Cells) === time) {
      into.push(rows[this.#index] as Cells);
      this.#index++;
    }
    if (this.#index === from) return;
    if (time < this.#last)
      throw new RangeError(
        `${this.#name}: expected rows in the order of their time, got ${JSON.stringify(time)} after ${JSON.stringify(this.#last)}`,
      );
    this.#last = time;
  }
}
