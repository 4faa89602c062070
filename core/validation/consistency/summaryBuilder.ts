import type { SplitName } from "../../../contracts/dataset.ts";
import { hashName } from "../../statistics/streams/categoricalCounts.ts";
import { OnlineMoments } from "../../statistics/streams/onlineMoments.ts";
import { labelScore, type Scored } from "./labelScore.ts";
import type { ColumnFacts, DatasetRows, DatasetSummary } from "./types.ts";

const ISO = /^\d{4}-\d{2}-\d{2}/;
const NUMBER = /^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*$/;

/** Rows that are compared with each other for repeats; of more, those of this share whose content has the smallest hashes. */
const MOST_COMPARED = 1_000_000;
/** Training rows that columns are scored on; of more, a share by the hash of the row. A score of 0.9 is then good to 0.002. */
const MOST_SCORED = 100_000;

const HASHES = 2 ** 32;

/** Facts of one part. */
class PartFacts {
  rows = 0;
  compared = 0;
  /** Compared rows by content. */
  contents = new Map<number, number>();
  first = "";
  last = "";
  isOrdered = true;

  add(time: string): void {
    if (this.rows === 0) this.first = time;
    else if (time < this.last) this.isOrdered = false;
    this.last = time;
    this.rows++;
  }
}

class ColumnCounts {
  present = 0;
  isNumber = true;
  readonly scored: Scored[] = [];

  add(text: string): void {
    if (text === "") return;
    this.present++;
    if (this.isNumber && !NUMBER.test(text)) this.isNumber = false;
  }
}

export interface SummarizedRow {
  readonly part: SplitName;
  readonly time: string;
  /** In the order of `features`; empty ones are missing. */
  readonly cells: readonly string[];
  readonly label: number;
}

/**
 * Gathers the summary of a dataset row by row in constant memory. The rows of each part come in their order; parts may be mixed. Which rows
 * are compared and scored depends on their content and the number of rows alone, not on how they come.
 */
export class SummaryBuilder {
  readonly #data: Pick<DatasetRows, "task" | "features">;
  readonly #parts = { train: new PartFacts(), validation: new PartFacts(), holdout: new PartFacts() };
  readonly #columns: readonly ColumnCounts[];
  readonly #compareBelow: number;
  readonly #scoreBelow: number;
  readonly #wholes = new Set<number>();
  readonly #trained = new Set<number>();
  readonly #label = new OnlineMoments();
  #compared = 0;
  #isoTimes = 0;
  #from: string | undefined;
  #to = "";

  /** `rows`: how many will come in all. */
  constructor(data: Pick<DatasetRows, "task" | "features">, rows: number) {
    this.#data = data;
    this.#columns = data.features.map(() => new ColumnCounts());
    this.#compareBelow = HASHES * Math.min(1, MOST_COMPARED / Math.max(1, rows));
    this.#scoreBelow = HASHES * Math.min(1, MOST_SCORED / Math.max(1, rows));
  }

  add({ part, time, cells, label }: SummarizedRow): void {
    const content = `${cells.join("\u0000")}\u0000${label}`;
    const key = hashName(content);
    this.#parts[part].add(time);
    if (this.#from === undefined || time < this.#from) this.#from = time;
    if (time > this.#to) this.#to = time;
    if (ISO.test(time)) this.#isoTimes++;
    this.#label.add(label);
    this.#columns.forEach((column, at) => {
      column.add(cells[at] ?? "");
    });
    if (key < this.#compareBelow) this.#compare(part, time, content, key);
    if (part === "train" && hashName(`${time}\u0000${key}`) < this.#scoreBelow)
      this.#score(cells, label, key);
  }

  #compare(part: SplitName, time: string, content: string, key: number): void {
    const facts = this.#parts[part];
    const identity = wide(content, key);
    this.#compared++;
    this.#wholes.add(wide(`${time}\u0000${content}`, key));
    facts.compared++;
    if (part === "train") this.#trained.add(identity);
    else facts.contents.set(identity, (facts.contents.get(identity) ?? 0) + 1);
  }

  #score(cells: readonly string[], label: number, key: number): void {
    // By content, not by place, so that the order of rows changes nothing.
    const isFirst = (hashName(`half${key}`) & 1) === 0;
    this.#columns.forEach(({ scored }, at) => {
      scored.push({ text: cells[at] ?? "", label, isFirst });
    });
  }

  build(overlapsInTime = false): DatasetSummary {
    const { train, validation, holdout } = this.#parts;
    const rows = train.rows + validation.rows + holdout.rows;
    const rise = overlapsInTime || (validation.first > train.last && holdout.first > validation.last);
    return {
      format: "sluice.dataset-summary",
      version: 1,
      task: this.#data.task,
      rows,
      columns: this.#columns.map((counts, at) => this.#factsOf(counts, at, rows)),
      time: { from: this.#from ?? "", to: this.#to, isoShare: this.#isoTimes / Math.max(1, rows) },
      label: {
        mean: rounded(this.#label.mean),
        standardDeviation: rounded(this.#label.count > 1 ? this.#label.standardDeviation() : 0),
      },
      duplicateShare: 1 - this.#wholes.size / Math.max(1, this.#compared),
      seenInTraining: { validation: this.#seen(validation), holdout: this.#seen(holdout) },
      isTimeOrdered: rise && train.isOrdered && validation.isOrdered && holdout.isOrdered,
    };
  }

  #factsOf(counts: ColumnCounts, at: number, rows: number): ColumnFacts {
    const { name, type } = this.#data.features[at] as DatasetRows["features"][number];
    const score = labelScore(counts.scored, type, this.#data.task);
    return {
      name,
      kind: counts.present === 0 ? "empty" : counts.isNumber ? "number" : "text",
      missingShare: 1 - counts.present / Math.max(1, rows),
      labelScore: score === null ? null : rounded(score),
    };
  }

  #seen({ contents, compared }: PartFacts): number {
    let seen = 0;
    for (const [identity, count] of contents) if (this.#trained.has(identity)) seen += count;
    return seen / Math.max(1, compared);
  }
}

/** 53 bits of a text whose 32-bit hash is known: hashes of millions of rows meet in 32. */
const wide = (text: string, hash: number): number => hashName(`wide${text}`) * 2 ** 21 + (hash & 0x1fffff);

/** Sums depend on the order of rows in their last digits; what is kept must not. */
const rounded = (x: number): number => Number(x.toPrecision(12));
