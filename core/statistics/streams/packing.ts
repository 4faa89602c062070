/**
 * Compact text for sketch states: whole numbers in as few bits as their size asks for, 13 bits in two characters that
 * JSON leaves as they are; doubles as eight bytes in base64.
 */

/** Begins texts of this form; older ones are base64, where it cannot stand. */
const MARK = "!";
const GROUP_BITS = 13;
/** Characters from "#" to "~" but the backslash; two of them are more than 2^13. */
const DIGITS = 91;
const FIRST_CODE = 35;
const BACKSLASH = 92;
const ORDER_BITS = 5;

/** Bits of a whole number from 0 on; 0 has none. */
function bitsOf(value: number): number {
  return value < 2 ** 32 ? 32 - Math.clz32(value) : 32 + bitsOf(Math.floor(value / 2 ** 32));
}

/**
 * Bits of a number of so many bits in the code of that order, which suits numbers about 2^order: below it a one and
 * `order` bits; others a zero for each bit more, a one, and what follows their leading one. Never falls with the number.
 */
function codeBits(bits: number, order: number): number {
  return bits <= order ? 1 + order : 2 * bits - order;
}

/** The order in which the numbers take the fewest bits, and those. */
function bestOrder(values: Iterable<number>): { order: number; bits: number } {
  const lengths: number[] = [];
  for (const value of values) lengths.push(bitsOf(value));
  const most = Math.min(
    2 ** ORDER_BITS - 1,
    lengths.reduce((a, b) => Math.max(a, b), 0),
  );
  let best = { order: 0, bits: Infinity };
  for (let order = 0; order <= most; order++) {
    let bits = ORDER_BITS;
    for (const length of lengths) bits += codeBits(length, order);
    if (bits < best.bits) best = { order, bits };
  }
  return best;
}

/**
 * Characters that `packLists` takes. It never falls when a number grows, or a number comes: what must fit a room can so
 * be the same for any order of rows and any parts.
 */
export function packedLength(lists: readonly Iterable<number>[]): number {
  const bits = lists.reduce((sum, list) => sum + bestOrder(list).bits, 0);
  return MARK.length + 2 * Math.ceil(bits / GROUP_BITS);
}

/** Lists of whole numbers from 0 on. Whoever unpacks them knows how long each is; the last may be read to the end. */
export function packLists(lists: readonly Iterable<number>[]): string {
  const bits: number[] = [];
  const put = (value: number, count: number): void => {
    for (let at = count - 1; at >= 0; at--) bits.push(Math.floor(value / 2 ** at) % 2);
  };
  for (const list of lists) {
    const { order } = bestOrder(list);
    put(order, ORDER_BITS);
    for (const value of list) {
      const more = Math.max(0, bitsOf(value) - order);
      put(1, more + 1);
      put(value, more === 0 ? order : order + more - 1);
    }
  }
  let text = MARK;
  for (let start = 0; start < bits.length; start += GROUP_BITS) {
    let group = 0;
    for (let i = start; i < start + GROUP_BITS; i++) group = 2 * group + (bits[i] ?? 0);
    text += character(Math.floor(group / DIGITS)) + character(group % DIGITS);
  }
  return text;
}

function character(digit: number): string {
  const code = FIRST_CODE + digit;
  return String.fromCharCode(code < BACKSLASH ? code : code + 1);
}

function digitOf(code: number): number {
  return code - FIRST_CODE - (code > BACKSLASH ? 1 : 0);
}

/** Is it of the form that `packLists` writes? */
export function isPackedLists(text: string): boolean {
  return text.startsWith(MARK);
}

/** Reads what `packLists` wrote, list after list. */
export class ListReader {
  readonly #bits: Uint8Array;
  #at = 0;

  constructor(text: string) {
    const groups = Math.floor((text.length - MARK.length) / 2);
    this.#bits = new Uint8Array(groups * GROUP_BITS);
    for (let g = 0; g < groups; g++) {
      const [high, low] = [text.charCodeAt(2 * g + 1), text.charCodeAt(2 * g + 2)];
      const group = digitOf(high) * DIGITS + digitOf(low);
      for (let i = 0; i < GROUP_BITS; i++)
        this.#bits[g * GROUP_BITS + i] = (group >> (GROUP_BITS - 1 - i)) & 1;
    }
  }

  #take(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) value = 2 * value + (this.#bits[this.#at++] ?? 0);
    return value;
  }

  /** The next list, of so many numbers or all that are left. A text that ends too early is an error. */
  next(length = Infinity): number[] {
    const order = this.#take(ORDER_BITS);
    const values: number[] = [];
    while (values.length < length) {
      let more = 0;
      while (this.#at < this.#bits.length && this.#bits[this.#at] === 0) {
        this.#at++;
        more++;
      }
      // Zeros fill the last group up.
      if (this.#at >= this.#bits.length) break;
      this.#at++;
      const rest = more === 0 ? order : order + more - 1;
      values.push(this.#take(rest) + (more === 0 ? 0 : 2 ** rest));
    }
    if (length !== Infinity && values.length < length)
      throw new RangeError(`expected ${length} packed numbers, got ${values.length}`);
    return values;
  }
}

const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);

/** Whole numbers of either sign: small ones stay short. */
export function packWholes(values: Iterable<number>): string {
  return packCounts(Array.from(values, zigzag));
}

export function unpackWholes(text: string): number[] {
  return unpackCounts(text).map((value) => (value % 2 === 1 ? -(value + 1) / 2 : value / 2));
}

/** Whole numbers from 0 on. */
export function packCounts(values: Iterable<number>): string {
  return packLists([[...values]]);
}

/** Also reads the form of profiles before version 3: seven bits a byte, in base64. */
export function unpackCounts(text: string): number[] {
  if (isPackedLists(text)) return new ListReader(text).next();
  const values: number[] = [];
  let value = 0;
  let scale = 1;
  for (const byte of fromBase64(text)) {
    value += (byte & 127) * scale;
    scale *= 128;
    if (byte < 128) {
      values.push(value);
      value = 0;
      scale = 1;
    }
  }
  return values;
}

export function packDoubles(values: readonly number[]): string {
  const view = new DataView(new ArrayBuffer(values.length * 8));
  values.forEach((v, i) => {
    view.setFloat64(i * 8, v, true);
  });
  let text = "";
  for (const byte of new Uint8Array(view.buffer)) text += String.fromCharCode(byte);
  return btoa(text);
}

export function unpackDoubles(text: string): number[] {
  const bytes = Uint8Array.from(fromBase64(text));
  const view = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / 8 }, (_, i) => view.getFloat64(i * 8, true));
}

function fromBase64(text: string): number[] {
  return Array.from(atob(text), (c) => c.charCodeAt(0));
}
