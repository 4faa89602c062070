/** The table of a retraining set out of joined rows and history: counted first, turn by turn, then written from where its window begins. */
import type { ModelSpec } from "../../../contracts/modelSpec.ts";
import { type TableCounts, tableCounts } from "../../../core/dataset/accounts.ts";
import { MERGE_START, type Merged, type MergeState, mergeRows } from "../../../core/dataset/mergeRows.ts";
import type { LargeObjects } from "../../shared/largeObjects.ts";
import type { Objects } from "../../shared/objects.ts";
import type { Ranges } from "../../shared/ranges.ts";
import { csvLine } from "../../shared/table.ts";
import { type Clock, mustHaveTime, type Work } from "../../shared/work.ts";
import { columnsOf } from "../dataset.ts";
import { historyRows } from "../history.ts";
import { joinedRows } from "./joined.ts";

export interface TableContext {
  readonly objects: Objects;
  readonly largeObjects: LargeObjects;
  readonly clock: Clock;
  readonly work: Work;
  readonly spec: ModelSpec;
  readonly historyUri: string;
  readonly ranges: Ranges;
}

export interface Counted {
  readonly state: MergeState;
  /** Where the merge can be begun again, rising. */
  readonly places: readonly MergeState[];
}

/** Rows between places where a merge can be begun again. */
const PLACED = 20_000;
/** Milliseconds of a turn that are left when it gives back what it has counted. */
const LAST_MINUTES = 180_000;

/** Counts every row of both sources, in as many turns as that takes. */
export async function countMerged(context: TableContext): Promise<Counted> {
  const places: MergeState[] = [];
  let state = MERGE_START;
  for (let turn = 0; ; turn++) {
    const from = state;
    const counted = await context.work.turn(`merge-${turn}`, () => countFrom(context, from));
    places.push(...counted.places);
    state = counted.state;
    if (counted.isDone) return { state, places };
  }
}

async function countFrom(context: TableContext, from: MergeState): Promise<Counted & { isDone: boolean }> {
  const places: MergeState[] = [];
  let last = from;
  for await (const { state } of mergeFrom(context, from)) {
    // The first rows count however little time there is, so that every turn comes further. Two turns at once may stop at different places;
    // either is right, and the first one that is kept counts.
    if (last !== from && context.clock.left() < LAST_MINUTES)
      return { state: last, places: [...places, last], isDone: false };
    if (rowsOf(state) - rowsOf(places.at(-1) ?? from) >= PLACED) places.push(state);
    last = state;
  }
  return { state: last, places, isDone: true };
}

/** Rows of the merged table so far. */
const rowsOf = ({ historyRows: old, freshRows }: MergeState): number => old + freshRows;

const mergeFrom = (
  { objects, largeObjects, spec, historyUri, ranges }: TableContext,
  from: MergeState,
): AsyncGenerator<Merged> =>
  mergeRows(
    historyRows(largeObjects, historyUri, columnsOf(spec), from.history.at),
    joinedRows(objects, ranges, from.served.at),
    from,
  );

export interface WrittenTable {
  readonly bytes: number;
  readonly counts: TableCounts & { readonly rows: number };
}

/** Writes the newest `retraining.rows` rows of both, in one turn: one object cannot be gone on with. */
export async function writeTable(
  context: TableContext,
  counted: Counted,
  uri: string,
): Promise<WrittenTable> {
  const { largeObjects, clock, spec } = context;
  const skipped = Math.max(0, rowsOf(counted.state) - spec.retraining.rows);
  const from = counted.places.findLast((place) => rowsOf(place) <= skipped) ?? MERGE_START;
  const writer = largeObjects.writer(uri);
  try {
    await writer.write(`${csvLine(columnsOf(spec))}\n`);
    let toSkip = skipped - rowsOf(from);
    let [rows, newRows] = [0, 0];
    for await (const merged of mergeFrom(context, from)) {
      mustHaveTime(
        clock,
        `retraining set of ${spec.name}: to write ${spec.retraining.rows} rows (retraining.rows); ask for fewer, which now`,
      );
      const kept = merged.rows.slice(toSkip);
      toSkip = Math.max(0, toSkip - merged.rows.length);
      if (kept.length === 0) continue;
      await writer.write(`${kept.map(({ cells }) => csvLine(cells)).join("\n")}\n`);
      rows += kept.length;
      newRows += kept.filter(({ isNew }) => isNew).length;
    }
    const { bytes } = await writer.end();
    return { bytes, counts: tableCounts(counted.state, rows, newRows) };
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}
