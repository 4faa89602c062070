/** The raw rows in the order of the dataset: Athena divides them into ranges, each is ordered here when it is read. */
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { type RowKey, rangeStarts } from "../../../core/dataset/large/ranges.ts";
import { type OrderedRow, orderRows, unloadedRow } from "../../../core/dataset/large/rows.ts";
import { type LargeTable, MOST_RANGES, rangeSizesSql, unloadSql } from "../../../core/dataset/large/sql.ts";
import type { AthenaStatements } from "../../shared/athena.ts";
import { SluiceError } from "../../shared/errors.ts";
import type { Objects } from "../../shared/objects.ts";
import type { Work } from "../../shared/work.ts";

const unpack = promisify(gunzip);

/** Characters of a range as it is meant to be, and as it may be at most: with its copies it must fit 2 GB. */
const RANGE = 16 * 2 ** 20;
const LARGEST_RANGE = 128 * 2 ** 20;

export interface Ordered {
  readonly starts: readonly RowKey[];
  /** Folder of each range's rows. */
  readonly folders: readonly string[];
  /** Rows of each range. */
  readonly rows: readonly number[];
}

export interface OrderContext {
  readonly athena: AthenaStatements;
  readonly work: Work;
  readonly table: LargeTable;
  /** Whether rows are divided by the newest time of their group. */
  readonly isByGroupTime: boolean;
  /** Names this attempt, so that it writes to a place of its own. */
  readonly attempt: string;
}

/** Characters at which data are large: ranges are a quarter of it at most, so that a low setting tries out many of them. */
export const rangeChars = (aboveBytes: number): number => Math.min(RANGE, Math.ceil(aboveBytes / 4));

/** @throws SluiceError `BadData` when rows of one time are too many for memory */
export async function divideIntoRanges(
  context: OrderContext,
  taken: { readonly rows: number; readonly chars: number; readonly sample: readonly RowKey[] },
  charsOfRange: number,
): Promise<Ordered> {
  const { athena, work, table } = context;
  const starts = rangeStarts(taken.sample, Math.max(1, Math.ceil(taken.chars / charsOfRange)));
  const sizes = await work.once("range-sizes", async () => {
    const rows = await athena.query(rangeSizesSql(table, starts));
    return rows.map(({ r, n, chars }) => ({ range: Number(r), rows: Number(n), chars: Number(chars) }));
  });
  const counted = sizes.reduce((sum, { rows }) => sum + rows, 0);
  if (counted !== taken.rows)
    throw new SluiceError(
      "TransientFailure",
      `Athena: expected ${taken.rows} rows in ${table.database}.${table.table}, got ${counted}; run the stage again`,
    );
  const largest = Math.max(...sizes.map(({ chars }) => chars));
  if (largest > LARGEST_RANGE)
    throw new SluiceError(
      "BadData",
      `data: expected at most ${LARGEST_RANGE} characters in rows that follow each other by time, got ${largest}; give rows finer times`,
    );
  const ranges = starts.length + 1;
  const folders: string[] = [];
  for (let from = 0; from < ranges; from += MOST_RANGES) {
    const to = Math.min(ranges, from + MOST_RANGES);
    const place = await work.once(`ordered-${from}`, () => unload(context, starts, [from, to]));
    for (let range = from; range < to; range++) folders.push(`${place}r=${range}/`);
  }
  const rowsOf = new Map(sizes.map(({ range, rows }) => [range, rows]));
  return { starts, folders, rows: folders.map((_, range) => rowsOf.get(range) ?? 0) };
}

/** Where the rows then lie. A try that fails may leave files behind, so that each has a place of its own. */
async function unload(
  { athena, work, table, isByGroupTime, attempt }: OrderContext,
  starts: readonly RowKey[],
  range: readonly [number, number],
): Promise<string> {
  let place = "";
  await athena.execute((tries) => {
    place = `${work.uri}/ordered/${attempt}-${tries}-${range[0]}/`;
    return unloadSql(table, starts, isByGroupTime, range, place);
  });
  return place;
}

export interface OrderedReader {
  readonly ranges: number;
  /** Rows of a range in the order of the dataset; ranges come one after the other. */
  read(range: number): Promise<OrderedRow[]>;
}

/** Holds one range at a time. */
export function orderedReader(
  objects: Objects,
  { folders, rows }: Ordered,
  { groupAt }: Pick<LargeTable, "groupAt">,
): OrderedReader {
  return {
    ranges: folders.length,
    async read(range) {
      const folder = folders[range] as string;
      const found: OrderedRow[] = [];
      for (const { uri } of await objects.list(folder)) {
        const text = (await unpack(await objects.get(uri))).toString("utf8");
        for (const line of text.split("\n")) if (line !== "") found.push(unloadedRow(line));
      }
      if (found.length !== rows[range])
        throw new SluiceError(
          "TransientFailure",
          `${folder}: expected ${rows[range]} rows, got ${found.length}; run the stage again`,
        );
      return orderRows(found, groupAt !== null);
    },
  };
}
