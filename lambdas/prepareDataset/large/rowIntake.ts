/** Looks at raw rows as they come and writes them as text that Athena's table reads. */
import { placeOf } from "../../../core/dataset/groupSplit.ts";
import { RowSample } from "../../../core/dataset/large/ranges.ts";
import {
  contentTie,
  isOrderedByBytes,
  numberTie,
  rowLine,
  unfitCell,
} from "../../../core/dataset/large/rows.ts";
import { MOST_COLUMNS } from "../../../core/dataset/large/sql.ts";
import { type CsvKind, CsvKindFinder } from "../../../core/validation/csvCells.ts";
import { mustBeUtf8 } from "../../shared/csvOptions.ts";
import { SluiceError } from "../../shared/errors.ts";
import type { Objects } from "../../shared/objects.ts";
import { RowChunks } from "../../shared/rowChunks.ts";

export interface TakenIn {
  readonly columns: readonly string[];
  /** What each column is by all cells of these files. */
  readonly kinds: readonly CsvKind[];
  /** Rows of these files, and their characters. */
  readonly rows: number;
  readonly chars: number;
  readonly parents: readonly { readonly uri: string; readonly sha256: string }[];
  readonly sample: ReturnType<RowSample["rows"]>;
  /** The first row, in the order of the dataset, whose label is none. */
  readonly badLabel: BadLabel | null;
}

interface BadLabel {
  readonly number: number;
  readonly time: string;
  readonly text: string;
}

export interface RowContext {
  /** Folder of the rows. */
  readonly rowsUri: string;
  /** Name of these files' rows in it. */
  readonly name: string;
  /** Number of the first row. */
  readonly firstRow: number;
  /** Of the files before, to compare with. */
  readonly header: { readonly path: string; readonly columns: readonly string[] } | null;
  readonly timeColumn: string;
  /** Column whose value is the group; null where rows are split by time. */
  readonly groupColumn: string | null;
  readonly labelColumn: string;
  /** Whether a label's text is one. */
  readonly isLabel: (text: string) => boolean;
}

/** Rows of several files under each other. */
export class RowIntake {
  readonly #context: RowContext;
  readonly #sample = new RowSample();
  #columns: readonly string[] | null;
  #headerOf: string;
  #path = "";
  #text = { isUtf8: true };
  #isInRows = false;
  /** Data rows of the file so far. */
  #fileRows = 0;
  #kinds: CsvKindFinder[] = [];
  #places = { time: -1, group: -1, label: -1 };
  #badLabel: BadLabel | null = null;
  #rows = 0;
  #chars = 0;
  readonly #chunks: RowChunks;

  constructor(objects: Objects, context: RowContext) {
    this.#context = context;
    this.#chunks = new RowChunks(objects, `${context.rowsUri}/${context.name}`);
    this.#columns = null;
    this.#headerOf = context.header?.path ?? "";
    if (context.header) this.#begin(context.header.columns);
  }

  /** @param text what its bytes have been when a record of them comes */
  beginFile(path: string, text: { readonly isUtf8: boolean }): void {
    this.#path = path;
    this.#text = text;
    this.#fileRows = 0;
    this.#isInRows = false;
  }

  endFile(): void {
    if (!this.#isInRows)
      throw new SluiceError("BadData", `${this.#path}: expected a header line, got an empty file`);
  }

  async add(record: readonly string[]): Promise<void> {
    if (this.#isInRows) this.#fileRows++;
    if (!this.#text.isUtf8) mustBeUtf8(this.#path, record, this.#fileRows);
    if (!this.#isInRows) return this.#header(record);
    const unfit = unfitCell(record);
    if (unfit >= 0)
      throw this.#bad(
        unfit,
        "text without line breaks, U+0000, U+0001 and \\N, which a table of text cannot hold",
      );
    const number = this.#context.firstRow + this.#rows;
    const time = record[this.#places.time] ?? "";
    if (!isOrderedByBytes(time)) throw this.#bad(this.#places.time, "a time in characters below U+D800");
    const hasGroups = this.#context.groupColumn !== null;
    const tie = hasGroups ? contentTie(record.join("\0")) : numberTie(number);
    const place = hasGroups ? placeBits(record[this.#places.group] ?? "") : 0;
    this.#look(record, number, time);
    this.#sample.add(number, time, tie);
    this.#rows++;
    for (const cell of record) this.#chars += cell.length;
    const full = this.#chunks.add(rowLine({ number, place, tie, cells: record }));
    if (full) await full;
  }

  #look(record: readonly string[], number: number, time: string): void {
    this.#kinds.forEach((finder, at) => {
      finder.add(record[at] ?? "");
    });
    const label = record[this.#places.label] ?? "";
    if (this.#places.label < 0 || this.#context.isLabel(label)) return;
    if (this.#badLabel === null || time < this.#badLabel.time) this.#badLabel = { number, time, text: label };
  }

  #header(columns: readonly string[]): void {
    this.#isInRows = true;
    const repeated = columns.filter((name, index) => columns.indexOf(name) !== index);
    if (repeated.length > 0)
      throw new SluiceError(
        "BadData",
        `${this.#path}: the header names ${repeated.map((name) => JSON.stringify(name)).join(", ")} twice`,
      );
    if (columns.length > MOST_COLUMNS)
      throw new SluiceError(
        "BadData",
        `${this.#path}: expected at most ${MOST_COLUMNS} columns in data that Athena divides, got ${columns.length}; leave some out, or raise sluice:athenaAboveMegabytes`,
      );
    if (this.#columns === null) {
      this.#headerOf = this.#path;
      this.#begin(columns);
    } else if (columns.join("\n") !== this.#columns.join("\n"))
      throw new SluiceError(
        "BadData",
        `${this.#path}: expected the columns of ${this.#headerOf} ${JSON.stringify(this.#columns)}, got ${JSON.stringify(columns)}`,
      );
  }

  #begin(columns: readonly string[]): void {
    this.#columns = columns;
    this.#kinds = columns.map(() => new CsvKindFinder());
    const { timeColumn, groupColumn, labelColumn } = this.#context;
    this.#places = {
      time: columns.indexOf(timeColumn),
      group: groupColumn === null ? -1 : columns.indexOf(groupColumn),
      label: columns.indexOf(labelColumn),
    };
  }

  #bad(column: number, expected: string): SluiceError {
    return new SluiceError(
      "BadData",
      `${this.#path}: data row ${this.#context.firstRow + this.#rows + 1}, column ${JSON.stringify(this.#columns?.[column])}: expected ${expected}; clean it, or take fewer rows`,
    );
  }

  async end(): Promise<Omit<TakenIn, "parents">> {
    await this.#chunks.flush();
    return {
      columns: this.#columns ?? [],
      kinds: this.#kinds.map(({ kind }) => kind),
      rows: this.#rows,
      chars: this.#chars,
      sample: this.#sample.rows(),
      badLabel: this.#badLabel,
    };
  }
}

const placeBits = (group: string): number => placeOf(group) * 2 ** 32;
