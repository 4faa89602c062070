/** Raw rows as text that Athena's tables of delimited text read: a number of the row, two columns to divide by, the cells as they came. */

/** Ctrl-A, the delimiter of such tables; nothing is quoted or escaped in them, so that a cell may hold anything but this and line ends. */
export const DELIMITER = "\u0001";
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what the text cannot hold
const UNFIT = /[\u0000\u0001\n\r]/;
/** What such a table takes for NULL. */
const NULL_TEXT = "\\N";

export interface LargeRow {
  /** From 0, in the order of the data. */
  readonly number: number;
  /** 32 bits by which groups are divided; 0 where none are. */
  readonly place: number;
  /** Orders rows of one time, as text in any engine. */
  readonly tie: string;
  /** The raw cells in the order of the header. */
  readonly cells: readonly string[];
}

/** One line without its end. The cells must be fit, see `unfitCell`. */
export const rowLine = ({ number, place, tie, cells }: LargeRow): string =>
  [number, place, tie, ...cells].join(DELIMITER);

/** Index of the first cell that a line cannot hold; -1 where all are fit. */
export const unfitCell = (cells: readonly string[]): number =>
  cells.findIndex((cell) => UNFIT.test(cell) || cell === NULL_TEXT);

/** Characters of a row's content that order rows of one time; rows alike in all of them stay in one range. */
const TIE_UNITS = 24;

/**
 * Text whose order by bytes is the order of its first units in JavaScript, so that SQL and a Lambda order rows of one time alike: by content
 * where the order of the data must not matter, else by the row's number.
 */
export const contentTie = (content: string): string =>
  Buffer.from(content.slice(0, TIE_UNITS), "utf16le").swap16().toString("hex");
export const numberTie = (number: number): string => String(number).padStart(12, "0");

/**
 * Whether text is ordered by its bytes as JavaScript orders it: up to U+D7FF it is; beyond, surrogates come before the private use area
 * here and after it there.
 */
export const isOrderedByBytes = (text: string): boolean => !/[\ud800-\uffff]/.test(text);

/** A row as it is held while a range of rows is put in order: its cells stay one text until they are needed. */
export interface OrderedRow {
  readonly number: number;
  readonly place: number;
  /** Newest time of the row's group, where groups are divided by time. */
  readonly last: string;
  readonly time: string;
  readonly line: string;
}

/** The raw cells in the order of the header. */
export const cellsOf = ({ line }: Pick<OrderedRow, "line">): string[] => line.split(DELIMITER);

/** Reads one line of UNLOAD's JSON (see `unloadSql`), which leaves NULLs out: text that is missing was empty. */
export function unloadedRow(json: string): OrderedRow {
  const row = JSON.parse(json) as Readonly<Record<string, string | number | undefined>>;
  return {
    number: Number(row.n),
    place: Number(row.p),
    last: String(row.newest ?? ""),
    time: String(row.t ?? ""),
    line: String(row.line ?? ""),
  };
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Order of a dataset's rows: by time, rows of one time by their number, or by content first where `hasGroups`. Sorts in place; the same
 * order as the whole table has in one Lambda's memory, because the delimiter comes before whatever a cell may hold.
 */
export function orderRows(rows: OrderedRow[], hasGroups: boolean): OrderedRow[] {
  return rows.sort(
    (a, b) => byText(a.time, b.time) || (hasGroups ? byText(a.line, b.line) : 0) || a.number - b.number,
  );
}
