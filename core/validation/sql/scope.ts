import { readRowCondition } from "../rowCondition.ts";
import type { EvaluatorFactory, EvaluatorResult, Kwargs, Reporting } from "../types.ts";
import { type Cells, jsonOf, type TableCells, type TableColumn } from "./cells.ts";
import { conditionSql } from "./conditionSql.ts";
import type { Dialect } from "./dialect.ts";
import { Unsupported } from "./types.ts";

/** Looks up what the statements gave. */
export interface Answers {
  /** A number; null where the engine gave NULL. */
  number(measure: string): number | null;
  /** A count; 0 where the engine gave NULL. */
  count(measure: string): number;
  /** Parsed JSON; undefined where the engine gave NULL. */
  json(measure: string): unknown;
  /** Parsed JSON of each row. */
  listed(listing: string): readonly unknown[];
}

/** What one expectation asks of the data, and how it is judged once the answers are there. */
export interface Part {
  finish(answers: Answers): EvaluatorResult;
}

export type Planner = (scope: Scope, kwargs: Kwargs, reporting: Reporting) => Part;
/** Plans an expectation on one column. */
export type ColumnPlanner = (scope: Scope, cells: Cells, kwargs: Kwargs, reporting: Reporting) => Part;
/** Planners by what evaluates the same expectation in the streaming engine. */
export type Planners<T> = readonly (readonly [EvaluatorFactory, T])[];

/** SQL that the parts of a plan ask for. Equal texts are asked once. */
export class Asked {
  /** Columns by their short name. */
  readonly cells: Map<string, TableColumn>;
  /** Truth expressions computed once a row, by their text, with the short name of each. */
  readonly marks: Map<string, string>;
  /** Aggregates over all rows that a mark needs first, by their text. */
  readonly facts: Map<string, string>;
  readonly measures: Set<string>;
  readonly listings: Set<string>;
  /** Measures of cells that are not of their column's type, with the column's name. */
  readonly misfits = new Map<string, string>();

  constructor(
    cells: Iterable<readonly [string, TableColumn]> = [],
    listings: Iterable<string> = [],
    measures: Iterable<string> = [],
    marks: Iterable<readonly [string, string]> = [],
    facts: Iterable<readonly [string, string]> = [],
  ) {
    this.cells = new Map(cells);
    this.listings = new Set(listings);
    this.measures = new Set(measures);
    this.marks = new Map(marks);
    this.facts = new Map(facts);
  }

  /** What both ask. */
  with({ cells, listings, measures, marks, facts }: Asked): Asked {
    return new Asked(
      [...this.cells, ...cells],
      [...this.listings, ...listings],
      [...this.measures, ...measures],
      [...this.marks, ...marks],
      [...this.facts, ...facts],
    );
  }
}

/** Short names of expressions, the same in every part of a plan, so that equal ones are computed once. */
export class Names {
  #known = new Map<string, string>();
  nameOf(text: string, letter: string): string {
    const name = this.#known.get(text) ?? `${letter}${this.#known.size}`;
    this.#known.set(text, name);
    return name;
  }
}

/** Name of the truth expression of a cell that is not of its column's type. */
export const misfitName = ({ sql }: Cells): string => `bad_${sql}`;

/** What queries select from. */
export const ROWS = "sluice_rows";

/** What the planner of one expectation may ask. Names in SQL: c columns, m marks, f facts of all rows. */
export class Scope {
  readonly dialect: Dialect;
  /** The streaming engine's evaluator of the expectation, to judge rows that the statements chose. */
  readonly evaluate: EvaluatorFactory;
  readonly asked = new Asked();
  readonly cells: TableCells;
  /** Rows that the expectation is about, as a clause; undefined: all. */
  readonly condition: string | undefined;
  readonly hasOrder: boolean;
  readonly #names: Names;

  constructor(cells: TableCells, dialect: Dialect, names: Names, kwargs: Kwargs, evaluate: EvaluatorFactory) {
    this.evaluate = evaluate;
    this.#names = names;
    this.cells = cells;
    this.dialect = dialect;
    this.hasOrder = cells.table.rowNumber !== undefined;
    const condition = kwargs.row_condition ?? undefined;
    const read = condition === undefined ? undefined : readRowCondition(condition);
    for (const name of read?.columns ?? []) this.column(name);
    this.condition = read === undefined ? undefined : conditionSql(read.tree, cells);
  }

  /** Throws NoSuchColumn or Unsupported. */
  column(name: string): Cells {
    const cells = this.cells.column(name);
    this.asked.cells.set(cells.sql, cells);
    if (this.cells.misfit(cells) !== undefined) {
      const bad = `count_if(${misfitName(cells)})`;
      // One text makes text of a column; only where all are numbers would the reader of CSV files see another type.
      const misfits =
        cells.kind === "string" ? `CASE WHEN ${bad} = count(${cells.sql}) THEN ${bad} ELSE 0 END` : bad;
      this.asked.misfits.set(this.measure(misfits), name);
    }
    return cells;
  }

  /** The clause, and that the expectation is about the row. */
  within(clause: string): string {
    return this.condition === undefined ? clause : `${this.condition} AND (${clause})`;
  }

  /** The value in rows that the expectation is about, else NULL. */
  selected(value: string): string {
    return this.condition === undefined ? value : `CASE WHEN ${this.condition} THEN ${value} END`;
  }

  /** Name of a truth expression that is computed once a row and is never NULL. */
  mark(clause: string): string {
    const text = `coalesce(${this.within(clause)}, FALSE)`;
    const alias = this.#names.nameOf(text, "m");
    this.asked.marks.set(text, alias);
    return alias;
  }

  /** Name of an aggregate over the rows that the expectation is about, usable in marks. */
  fact(aggregate: string): string {
    const alias = this.#names.nameOf(aggregate, "f");
    this.asked.facts.set(aggregate, alias);
    return alias;
  }

  /** An aggregate of the one scan; gives the key under which its answer lies. */
  measure(aggregate: string): string {
    this.asked.measures.add(aggregate);
    return aggregate;
  }

  /** Rows that the expectation is about. */
  rows(): string {
    return this.measure(this.condition === undefined ? "count(*)" : `count_if(${this.condition})`);
  }

  /** Non-missing values in those rows. */
  present(value: string): string {
    return this.measure(`count(${this.selected(value)})`);
  }

  /** A query with one column `v` of JSON text over the rows; gives the key of its answer. */
  listing(query: (from: string) => string): string {
    const text = query(ROWS + (this.condition === undefined ? "" : ` WHERE ${this.condition}`));
    this.asked.listings.add(text);
    return text;
  }

  /**
   * Rows under a mark as JSON lists of the row number and the values, at most `most`, in the order of rows, or of the
   * text where rows have none. Gives the key of a JSON list.
   */
  examples(mark: string, values: readonly Cells[], most: number): string {
    if (Number.isFinite(most) && most > this.dialect.limits.examples)
      throw new Unsupported(
        `result_format: expected at most ${this.dialect.limits.examples} examples, got ${most}; ask for fewer`,
      );
    const number = this.hasOrder ? "CAST(rn AS VARCHAR)" : "'null'";
    const parts = [number, ...values.map((cells) => jsonOf(cells, this.dialect))];
    const text = `'[' || ${parts.join(" || ',' || ")} || ']'`;
    // Only rows under the mark need their text made.
    const lazy = `CASE WHEN ${mark} THEN ${text} END`;
    const order = this.hasOrder ? "rn" : lazy;
    const list = Number.isFinite(most)
      ? `min_by(${lazy}, ${order}, ${most}) FILTER (WHERE ${mark})`
      : `array_agg(${lazy} ORDER BY ${order}) FILTER (WHERE ${mark})`;
    return this.measure(`'[' || ${this.dialect.join(list, "','")} || ']'`);
  }
}
