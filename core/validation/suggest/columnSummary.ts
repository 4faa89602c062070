import { DistributionSketch } from "../../statistics/streams/distributionSketch.ts";
import { codePoints, compareValues } from "../pythonValues.ts";
import { isMissing } from "../types.ts";

const ISO_DATE = /^\d{4}-\d{2}-\d{2}$/;
const ISO_TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/;

/** Larger sets are no categories. */
const MOST_CATEGORIES = 100;

/** What one pass over a column leaves: counts, sketches, extremes. Constant memory, whatever the column holds. */
export class ColumnSummary {
  rows = 0;
  missing = 0;
  numbers = 0;
  texts = 0;
  dates = 0;
  times = 0;
  /** Values that are neither number nor text. */
  others = 0;
  /** Whether no value was below the one before. */
  isRising = true;
  readonly sketch = new DistributionSketch();
  shortest = Infinity;
  longest = 0;
  /** Counts of each text; undefined once there were too many for a closed set. */
  categories: Map<string, number> | undefined = new Map();
  #last: number | string | undefined;

  get values(): number {
    return this.rows - this.missing;
  }

  add(value: unknown): void {
    this.rows++;
    if (isMissing(value)) this.missing++;
    else if (typeof value === "number" || typeof value === "bigint") this.#addNumber(Number(value));
    else if (typeof value === "string") this.#addText(value);
    else this.others++;
  }

  #addNumber(value: number): void {
    this.numbers++;
    if (Number.isFinite(value)) this.sketch.add(value);
    this.#follow(value);
  }

  #addText(value: string): void {
    this.texts++;
    if (ISO_DATE.test(value)) this.dates++;
    if (ISO_TIME.test(value)) this.times++;
    const length = codePoints(value);
    this.shortest = Math.min(this.shortest, length);
    this.longest = Math.max(this.longest, length);
    this.categories?.set(value, (this.categories.get(value) ?? 0) + 1);
    if ((this.categories?.size ?? 0) > MOST_CATEGORIES) this.categories = undefined;
    this.#follow(value);
  }

  #follow(value: number | string): void {
    if (this.isRising && typeof this.#last === typeof value)
      this.isRising = compareValues(value, this.#last) >= 0;
    this.#last = value;
  }
}
