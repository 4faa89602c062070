import { isPackedLists, ListReader, unpackCounts } from "./packing.ts";

/** Counts of a slot by cell. */
export type Cells = Map<number, number>;

/** Slots so far apart, hours of a day, hold much the same values: they are stored side by side. */
const PERIOD = 24;

/** Counts by key of the slots of one hour of the day, in rising order. */
function rowsOf(slots: readonly Cells[], hour: number): [key: number, counts: number[]][] {
  const rows = new Map<number, number[]>();
  const days = Math.ceil(slots.length / PERIOD);
  for (let day = 0; day < days; day++)
    for (const [key, count] of slots[hour + day * PERIOD] ?? []) {
      const row = rows.get(key) ?? new Array<number>(days).fill(0);
      row[day] = count;
      rows.set(key, row);
    }
  return [...rows].sort((a, b) => a[0] - b[0]);
}

/**
 * All slots as lists to be packed: cells per hour of the day; distances of its first cell from `base` and empty cells
 * between others, which share a list, as a value below the first turns the one into the other; counts of each cell, one a
 * day.
 */
export function listsOf(slots: readonly Cells[]): { base: number; lists: number[][] } {
  const hours = Array.from({ length: Math.min(PERIOD, slots.length) }, (_, hour) => rowsOf(slots, hour));
  const base = hours.reduce((least, rows) => Math.min(least, rows[0]?.[0] ?? least), Infinity);
  const steps: number[] = [];
  const counts: number[][] = [];
  for (const rows of hours) {
    let next = base;
    for (const [key, row] of rows) {
      steps.push(key - next);
      counts.push(row);
      next = key + 1;
    }
  }
  const sizes = hours.map((rows) => rows.length);
  return { base: base === Infinity ? 0 : base, lists: [sizes, steps, ...counts] };
}

interface PackedCells {
  readonly base: number;
  readonly cells: string;
}

export function unpackCells(state: PackedCells, slots: number): Cells[] {
  if (!isPackedLists(state.cells)) return readOlderCells(state, slots);
  const result = Array.from({ length: slots }, (): Cells => new Map());
  const reader = new ListReader(state.cells);
  const sizes = reader.next(Math.min(PERIOD, slots));
  const steps = reader.next(sizes.reduce((sum, size) => sum + size, 0));
  const days = Math.ceil(slots / PERIOD);
  let at = 0;
  sizes.forEach((size, hour) => {
    for (let key = state.base - 1, i = 0; i < size; i++, at++) {
      key += 1 + (steps[at] as number);
      reader.next(days).forEach((count, day) => {
        if (count > 0) result[hour + day * PERIOD]?.set(key, count);
      });
    }
  });
  return result;
}

/** An empty cell, and a run of them whose length follows, in profiles before version 3; other numbers are counts and one. */
const OLDER_EMPTY = 0;
const OLDER_RUN = 1;

/** Cells as profiles before version 3 have them: one list of cells per slot, first distance, counts with gaps between. */
function readOlderCells({ base, cells: text }: PackedCells, slots: number): Cells[] {
  const numbers = unpackCounts(text);
  let at = 0;
  const take = (): number => numbers[at++] as number;
  return Array.from({ length: slots }, () => {
    const cells: Cells = new Map();
    const size = take();
    for (let i = 0, key = base - 1; i < size; i++) {
      let token = take();
      if (i === 0) {
        key += 1 + token;
        token = take();
      } else {
        key++;
        if (token === OLDER_EMPTY) key++;
        else if (token === OLDER_RUN) key += take();
        if (token <= OLDER_RUN) token = take();
      }
      cells.set(key, token - 1);
    }
    return cells;
  });
}
