/** Rows that Athena divides into ranges, each before the next; each is put in order here when it is read. */
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { groupsOfRanges } from "../../core/dataset/large/rangeSql.ts";
import type { AthenaStatements } from "./athena.ts";
import { SluiceError } from "./errors.ts";
import type { Objects } from "./objects.ts";
import type { Work } from "./work.ts";

const unpack = promisify(gunzip);

/** Characters of a range as it is meant to be, and as it may be at most: with its copies it must fit 2 GB. */
const RANGE = 16 * 2 ** 20;
const LARGEST_RANGE = 128 * 2 ** 20;

export interface Ranges {
  /** Folder of each range's rows. */
  readonly folders: readonly string[];
  /** Rows of each range. */
  readonly rows: readonly number[];
}

export interface RangeContext {
  readonly athena: AthenaStatements;
  readonly work: Work;
  /** Names this attempt, so that it writes to a place of its own. */
  readonly attempt: string;
}

/** What is divided, and how. */
export interface Division {
  /** How many ranges. */
  readonly ranges: number;
  /** Asks for the rows and characters of each range: columns r, n and chars. */
  readonly sizesSql: string;
  /** Writes ranges `from` to `to` (not with it), each below a folder `r=<range>` of a place. */
  readonly unloadSql: (range: readonly [from: number, to: number], place: string) => string;
  /** How many rows there must be; null where only Athena knows. */
  readonly rows: number | null;
  /** For people. */
  readonly table: string;
  /** Part of the names of the steps. */
  readonly name: string;
}

/** Characters at which data are large: ranges are a quarter of it at most, so that a low setting tries out many of them. */
export const rangeChars = (aboveBytes: number): number => Math.min(RANGE, Math.ceil(aboveBytes / 4));

/** @throws SluiceError `BadData` when rows of one time are too many for memory */
export async function divide(context: RangeContext, division: Division): Promise<Ranges> {
  const { athena, work } = context;
  const sizes = await work.once("range-sizes", async () => {
    const rows = await athena.query(division.sizesSql);
    return rows.map(({ r, n, chars }) => ({ range: Number(r), rows: Number(n), chars: Number(chars) }));
  });
  const counted = sizes.reduce((sum, { rows }) => sum + rows, 0);
  if (division.rows !== null && counted !== division.rows)
    throw new SluiceError(
      "TransientFailure",
      `Athena: expected ${division.rows} rows in ${division.table}, got ${counted}; run the stage again`,
    );
  const largest = Math.max(0, ...sizes.map(({ chars }) => chars));
  if (largest > LARGEST_RANGE)
    throw new SluiceError(
      "BadData",
      `data: expected at most ${LARGEST_RANGE} characters in rows that follow each other by time, got ${largest}; give rows finer times`,
    );
  const folders: string[] = [];
  for (const [from, to] of groupsOfRanges(division.ranges)) {
    const place = await work.once(`${division.name}-${from}`, () => unload(context, division, [from, to]));
    for (let range = from; range < to; range++) folders.push(`${place}r=${range}/`);
  }
  const rowsOf = new Map(sizes.map(({ range, rows }) => [range, rows]));
  return { folders, rows: folders.map((_, range) => rowsOf.get(range) ?? 0) };
}

/** Where the rows then lie. A try that fails may leave files behind, so that each has a place of its own. */
async function unload(
  { athena, work, attempt }: RangeContext,
  { unloadSql, name }: Division,
  range: readonly [number, number],
): Promise<string> {
  let place = "";
  await athena.execute((tries) => {
    place = `${work.uri}/${name}/${attempt}-${tries}-${range[0]}/`;
    return unloadSql(range, place);
  });
  return place;
}

/** The rows of a range as they come, each made of one line of JSON. */
export async function readRange<Row>(
  objects: Pick<Objects, "list" | "get">,
  { folders, rows }: Ranges,
  range: number,
  rowOf: (json: string) => Row,
): Promise<Row[]> {
  const folder = folders[range] as string;
  const found: Row[] = [];
  for (const { uri } of await objects.list(folder)) {
    const text = (await unpack(await objects.get(uri))).toString("utf8");
    for (const line of text.split("\n")) if (line !== "") found.push(rowOf(line));
  }
  if (found.length !== rows[range])
    throw new SluiceError(
      "TransientFailure",
      `${folder}: expected ${rows[range]} rows, got ${found.length}; run the stage again`,
    );
  return found;
}
