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

/** A well-mixed hash of a double, the same for both zeros. */
export function hashDouble(x: number): number {
  DOUBLE[0] = x + 0;
  let h = Math.imul((HALVES[0] as number) ^ Math.imul(HALVES[1] as number, 0x9e3779b1), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0xc2b2ae35);
  return h ^ (h >>> 13);
}
