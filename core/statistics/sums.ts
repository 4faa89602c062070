/** Sums in the order of the values; 0 of none. */
export function sumOf(values: ArrayLike<number>): number {
  return sumBy(values, (value) => value);
}

/** The same of what each value gives. */
export function sumBy<T>(values: ArrayLike<T>, of: (value: T, at: number) => number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += of(values[i] as T, i);
  return sum;
}
