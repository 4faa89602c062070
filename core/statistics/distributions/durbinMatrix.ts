/** Rescale when entries pass this, and remember the power of ten in the exponent. */
const SCALE_POWER = 140;
const SCALE = 1e140;

interface Scaled {
  values: Float64Array;
  exponent: number;
}

function multiply(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const out = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < size; k++) {
      const left = a[i * size + k] as number;
      if (left === 0) continue;
      for (let j = 0; j < size; j++) {
        out[i * size + j] = (out[i * size + j] as number) + left * (b[k * size + j] as number);
      }
    }
  }
  return out;
}

function rescale(matrix: Scaled, size: number): Scaled {
  const middle = (size >> 1) * size + (size >> 1);
  if ((matrix.values[middle] as number) <= SCALE) return matrix;
  return { values: matrix.values.map((v) => v / SCALE), exponent: matrix.exponent + SCALE_POWER };
}

function power(matrix: Scaled, size: number, n: number): Scaled {
  if (n === 1) return matrix;
  const half = power(matrix, size, n >> 1);
  const square = rescale(
    { values: multiply(half.values, half.values, size), exponent: 2 * half.exponent },
    size,
  );
  if (n % 2 === 0) return square;
  return rescale(
    { values: multiply(matrix.values, square.values, size), exponent: matrix.exponent + square.exponent },
    size,
  );
}

function transition(size: number, h: number): Float64Array {
  const values = new Float64Array(size * size);
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) values[i * size + j] = i - j + 1 < 0 ? 0 : 1;
  for (let i = 0; i < size; i++) {
    values[i * size] = (values[i * size] as number) - h ** (i + 1);
    const last = (size - 1) * size + i;
    values[last] = (values[last] as number) - h ** (size - i);
  }
  const corner = (size - 1) * size;
  values[corner] = (values[corner] as number) + (2 * h - 1 > 0 ? (2 * h - 1) ** size : 0);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      for (let g = 1; g <= i - j + 1; g++) values[i * size + j] = (values[i * size + j] as number) / g;
    }
  }
  return values;
}

/**
 * P(D < d) for n points, by Durbin's matrix in the form of Marsaglia, Tsang and Wang (2003). Exact up to rounding;
 * cost grows with (n d)^3 log n.
 */
export function durbinMatrix(n: number, d: number): number {
  const k = Math.floor(n * d) + 1;
  const h = k - n * d;
  const size = 2 * k - 1;
  const result = power({ values: transition(size, h), exponent: 0 }, size, n);
  let value = result.values[(k - 1) * size + k - 1] as number;
  let exponent = result.exponent;
  for (let i = 1; i <= n; i++) {
    value = (value * i) / n;
    if (value < 1 / SCALE) {
      value *= SCALE;
      exponent -= SCALE_POWER;
    }
  }
  return value * 10 ** exponent;
}
