const DOUBLE = new Float64Array(1);
const HALVES = new Uint32Array(DOUBLE.buffer);
/** Which half of a double holds its exponent on this machine. */
const HIGH = ((): 0 | 1 => {
  DOUBLE[0] = 1;
  return HALVES[1] === 0 ? 0 : 1;
})();

/** Sign, exponent and the 20 bits after the leading one of a double. */
export function highBits(x: number): number {
  DOUBLE[0] = x;
  return HALVES[HIGH] as number;
}

/** x, towards zero, with at most so many bits (up to 20) after its leading one. */
export function leadingBits(x: number, bits: number): number {
  DOUBLE[0] = x;
  HALVES[1 - HIGH] = 0;
  HALVES[HIGH] = (HALVES[HIGH] as number) & (-1 << (20 - bits));
  return DOUBLE[0] as number;
}
