/** JSON in which whole numbers beyond doubles stay what they are, as Python reads and writes them. */

const { rawJSON } = JSON as typeof JSON & { rawJSON(text: string): unknown };

/** For JSON.parse: they become bigints. */
export function readExactly(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source ?? "";
  const isLong = typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(source);
  return isLong ? BigInt(source) : value;
}

/** For JSON.stringify: bigints are written as their digits. */
export const writeExactly = (_key: string, value: unknown): unknown =>
  typeof value === "bigint" ? rawJSON(String(value)) : value;
