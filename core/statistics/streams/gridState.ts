import { DyadicGrid, type GridKind } from "./dyadicGrid.ts";
import { ListReader, packedLength, packLists, unpackWholes } from "./packing.ts";

export interface GridState {
  readonly level: number;
  /** Lowest bucket's key. */
  readonly first: number;
  /** How many buckets, the empty ones between each and the next, and counts less one. */
  readonly buckets: string;
}

/** As profiles before version 3 have it: keys each as the step from the one before, and counts. */
export interface OlderGridState {
  readonly level: number;
  readonly keys: string;
  readonly counts: string;
}

function listsOf(entries: readonly [number, number][]): number[][] {
  const gaps = entries.slice(1).map(([key], i) => key - (entries[i] as [number, number])[0] - 1);
  return [[entries.length], gaps, entries.map(([, count]) => count - 1)];
}

/** Coarsens until the buckets take so many characters at most: a level that, too, depends on the values alone. */
export function fitGrid(grid: DyadicGrid, characters: number): void {
  for (let entries = grid.entries(); entries.length > 2; entries = grid.entries()) {
    if (packedLength(listsOf(entries)) <= characters) return;
    grid.coarsen();
  }
}

export function packGrid(grid: DyadicGrid): GridState {
  const entries = grid.entries();
  return { level: grid.level, first: entries[0]?.[0] ?? 0, buckets: packLists(listsOf(entries)) };
}

export function unpackGrid(kind: GridKind, state: GridState | OlderGridState): DyadicGrid {
  if ("keys" in state) {
    const counts = unpackWholes(state.counts);
    let key = 0;
    const buckets = unpackWholes(state.keys).map((step, i) => {
      key += step;
      return [key, counts[i] as number] as const;
    });
    return DyadicGrid.of(kind, state.level, buckets);
  }
  const reader = new ListReader(state.buckets);
  const [size = 0] = reader.next(1);
  const gaps = reader.next(Math.max(0, size - 1));
  let next = state.first;
  const buckets = reader.next(size).map((count, i) => {
    const key = next;
    next += 1 + (gaps[i] ?? 0);
    return [key, count + 1] as const;
  });
  return DyadicGrid.of(kind, state.level, buckets);
}
