/** Compact text for sketch states: whole numbers as variable-length bytes, doubles as eight bytes, both in base64. */

/** Whole numbers of either sign. */
export function packWholes(values: Iterable<number>): string {
  // Zigzag keeps small negative numbers short.
  return packCounts(Array.from(values, (value) => (value < 0 ? -2 * value - 1 : 2 * value)));
}

export function unpackWholes(text: string): number[] {
  return unpackCounts(text).map((value) => (value % 2 === 1 ? -(value + 1) / 2 : value / 2));
}

/** Whole numbers from 0 on: seven bits a byte. */
export function packCounts(values: Iterable<number>): string {
  const bytes: number[] = [];
  for (const value of values) {
    let rest = value;
    // Division, not shifts: counts pass 2^31.
    while (rest >= 128) {
      bytes.push((rest % 128) + 128);
      rest = Math.floor(rest / 128);
    }
    bytes.push(rest);
  }
  return toBase64(bytes);
}

/** Bytes that a whole number from 0 on takes. */
export function packedLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length++;
  return length;
}

export function unpackCounts(text: string): number[] {
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
  return toBase64(new Uint8Array(view.buffer));
}

export function unpackDoubles(text: string): number[] {
  const bytes = Uint8Array.from(fromBase64(text));
  const view = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / 8 }, (_, i) => view.getFloat64(i * 8, true));
}

function toBase64(bytes: Iterable<number>): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

function fromBase64(text: string): number[] {
  return Array.from(atob(text), (c) => c.charCodeAt(0));
}
