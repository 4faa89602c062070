/** What the cells of a CSV file mean, by pandas' `read_csv` with its defaults: what is missing, a number, a truth value, and what one column is by all of its cells. */

/** Texts that are missing, beside the empty one. */
export const MISSING_WORDS: readonly string[] =
  "#N/A|#N/A N/A|#NA|-1.#IND|-1.#QNAN|-NaN|-nan|1.#IND|1.#QNAN|<NA>|N/A|NA|NULL|NaN|None|n/a|nan|null".split(
    "|",
  );
const MISSING = new Set(MISSING_WORDS);
const LONGEST_MISSING = 8;
/** Spares most texts the look-up. */
const MISSING_BEGINS = /^[#<Nn1-]/;

/** Whether a text that is not empty is one of pandas' words for missing. */
export const isMissingWord = (text: string): boolean =>
  text.length <= LONGEST_MISSING && MISSING_BEGINS.test(text) && MISSING.has(text);

const WHOLE = /^[ \t]*[+-]?\d+[ \t]*$/;
const DECIMAL = /^[ \t]*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?[ \t]*$/;
const INFINITE = /^([+-]?)inf(inity)?$/i;
const TRUTH = /^(true|false)$/i;
/** Whole numbers beyond these are no numbers to pandas. */
const LEAST_WHOLE = -(2n ** 63n);
const MOST_WHOLE = 2n ** 64n - 1n;
const MOST_SIGNED = 2n ** 63n - 1n;

/** Whether a number is written without a point and an exponent. */
export const isWhole = (text: string): boolean => WHOLE.test(text);

/** The number that a text is; a whole one that a double would not tell from its neighbours as it is. */
export function numberOf(text: string): number | bigint | undefined {
  if (!DECIMAL.test(text)) {
    const sign = INFINITE.exec(text)?.[1];
    return sign === undefined ? undefined : sign === "-" ? -Infinity : Infinity;
  }
  const number = Number(text);
  if (!WHOLE.test(text)) return Number.isFinite(number) ? number : undefined;
  if (Number.isSafeInteger(number)) return number;
  const whole = BigInt(text.trim().replace("+", ""));
  return whole >= LEAST_WHOLE && whole <= MOST_WHOLE ? whole : undefined;
}

export function truthOf(text: string): boolean | undefined {
  return TRUTH.test(text) ? text.toLowerCase() === "true" : undefined;
}

/** What a column is by all of its cells. Plain data, so that it can be kept and put together from parts. */
export interface CsvKind {
  /** "none": every cell is missing. */
  readonly values: "none" | "numbers" | "truths" | "texts";
  readonly hasMissing: boolean;
  /** Of numbers: some is written as a decimal. */
  readonly hasDecimal: boolean;
  /** Of whole numbers, the longest: a double holds it, 64 bits with a sign do, or 64 bits without. */
  readonly width: "double" | "signed" | "unsigned";
}

export const NO_CELLS: CsvKind = { values: "none", hasMissing: false, hasDecimal: false, width: "double" };
const MISSING_CELL: CsvKind = { ...NO_CELLS, hasMissing: true };
const TRUTH_CELL: CsvKind = { ...NO_CELLS, values: "truths" };
const TEXT_CELL: CsvKind = { ...NO_CELLS, values: "texts" };
const WHOLE_CELL: CsvKind = { ...NO_CELLS, values: "numbers" };
const DECIMAL_CELL: CsvKind = { ...WHOLE_CELL, hasDecimal: true };

function kindOfCell(text: string): CsvKind {
  if (text === "" || isMissingWord(text)) return MISSING_CELL;
  const number = numberOf(text);
  if (typeof number === "bigint")
    return { ...WHOLE_CELL, width: number > MOST_SIGNED ? "unsigned" : "signed" };
  if (number !== undefined) return isWhole(text) ? WHOLE_CELL : DECIMAL_CELL;
  return truthOf(text) === undefined ? TEXT_CELL : TRUTH_CELL;
}

/** What the cells of two parts of a column are together: numbers beside text, or beside truth values, are text. */
export function commonKind(a: CsvKind, b: CsvKind): CsvKind {
  const values =
    a.values === "none" || a.values === b.values ? b.values : b.values === "none" ? a.values : "texts";
  return {
    values,
    hasMissing: a.hasMissing || b.hasMissing,
    hasDecimal: a.hasDecimal || b.hasDecimal,
    width: [a.width, b.width].includes("unsigned") ? "unsigned" : a.width === "double" ? b.width : a.width,
  };
}

/** Whether the numbers of a column are floats, which a missing or decimal one makes of all. */
export const areFloats = ({ hasMissing, hasDecimal }: CsvKind): boolean => hasMissing || hasDecimal;

/** Finds out what a column is, cell by cell. */
export class CsvKindFinder {
  kind: CsvKind = NO_CELLS;
  #last: CsvKind | undefined;

  add(text: string): void {
    // Nothing makes another thing of text.
    if (this.kind.values === "texts") return;
    const kind = kindOfCell(text);
    if (kind === this.#last) return;
    this.#last = kind;
    this.kind = commonKind(this.kind, kind);
  }
}

/** Some cells of a column that is of a kind, as readers give them: doubles with NaN for missing, else values with null. */
export function cellsOfKind(
  kind: CsvKind,
  texts: readonly string[],
): Float64Array | (number | bigint | boolean | string | null)[] {
  const isMissing = (text: string): boolean => text === "" || isMissingWord(text);
  if (kind.values === "texts") return texts.map((text) => (isMissing(text) ? null : text));
  if (kind.values === "truths") return texts.map((text) => truthOf(text) ?? null);
  const numbers = texts.map((text) => (isMissing(text) ? Number.NaN : (numberOf(text) ?? Number.NaN)));
  return kind.width === "double" || areFloats(kind) ? Float64Array.from(numbers, Number) : numbers;
}
