import { CategoricalCounts, QuantileSketch } from "../../statistics/index.ts";
import { compareValues } from "../pythonValues.ts";
import { isMissing } from "../types.ts";

const ISO_DATE = /^\d{4}-\d{2}-\d{2}$/;
const ISO_TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/;

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
  leastText: string | undefined;
  readonly sketch = new QuantileSketch();
  readonly lengths = new QuantileSketch();
  readonly categories = new CategoricalCounts();
  #last: number | string | undefined;

  get values(): number {
    return this.rows - this.missing;
  }

  add(value: unknown): void {
    this.rows++;
    if (isMissing(value)) this.missing++;
    else if (typeof value === "number") this.#addNumber(value);
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
    this.lengths.add(Array.from(value).length);
    this.categories.add(value);
    if (this.leastText === undefined || compareValues(value, this.leastText) < 0) this.leastText = value;
    this.#follow(value);
  }

  #follow(value: number | string): void {
    if (this.isRising && typeof this.#last === typeof value)
      this.isRising = compareValues(value, this.#last) >= 0;
    this.#last = value;
  }
}
