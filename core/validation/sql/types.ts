import { ProblemsError } from "../../problemsError.ts";

/** What the cells of a column mean to an expectation. */
export type SqlKind = "integer" | "number" | "boolean" | "string";

/** A column as the engine describes it: its name, and its type in the engine's own words ("bigint", "varchar"). */
export interface SqlColumn {
  readonly name: string;
  readonly type: string;
  /** Its name in the table, where that is another one; no expectation sees it. */
  readonly source?: string;
}

/** The data to validate. */
export interface SqlTable {
  /** Name, with its catalog and database before it where the engine needs them: ["lake", "calls"]. */
  readonly name: readonly string[];
  /** Columns in their order, without the row number. */
  readonly columns: readonly SqlColumn[];
  /**
   * Column with the row's number from 0 in the order of the data. SQL tables have no order of their own: without it
   * examples come in the order of their values and without indices, and expectations on order are refused.
   */
  readonly rowNumber?: string;
  /**
   * Every cell is text, as a table over CSV has it; `columns` then say what the text means. Empty text is missing and
   * plain decimals are numbers, as the reader of CSV files takes them.
   */
  readonly isText?: boolean;
  /**
   * With `isText`: cells mean what they mean to pandas' `read_csv` (`csvCells.ts`), each what its whole column is. By default a cell means
   * something by itself: plain decimals are numbers, everything else is text.
   */
  readonly isTypedByColumn?: boolean;
}

/** A row of an answer. Athena gives every cell as text. */
export type SqlRow = Readonly<Record<string, string | number | bigint | null | undefined>>;

/** Runs one statement and gives all its rows; rejects when the engine does. */
export interface SqlRunner {
  query(sql: string): Promise<readonly SqlRow[]>;
}

/** An expectation that SQL cannot run with the same meaning; the message says why and what to do. */
export class Unsupported extends Error {}

/** Cells that are not of their column's type, so that the two engines would not see the same data. */
export class SqlDataError extends ProblemsError {
  readonly code = "InvalidData";
  constructor(problems: readonly string[]) {
    super("SqlDataError", problems);
  }
}
