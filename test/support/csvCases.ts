/** CSV files and suites with the results of Great Expectations 1.24.1. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { ResultFormat } from "../../core/validation/index.ts";

export interface CsvCase {
  readonly format: ResultFormat;
  readonly csv: string;
  readonly expectations: readonly {
    readonly type: string;
    readonly kwargs: Readonly<Record<string, unknown>>;
  }[];
  readonly results: readonly {
    readonly success: boolean;
    readonly raised: boolean;
    readonly result: Readonly<Record<string, unknown>>;
  }[];
}

/** SLUICE_CSV_VECTORS: another file that `test/vectors/generateCsvValidation.py` wrote. */
export function csvCases(): CsvCase[] {
  const file = process.env.SLUICE_CSV_VECTORS ?? new URL("../vectors/csvValidation.json.gz", import.meta.url);
  return JSON.parse(gunzipSync(readFileSync(file)).toString()) as CsvCase[];
}

/** As it is written, with ten digits (pandas reads some decimals one unit off), infinite numbers as text, and sets in an order. */
export function comparable(value: unknown): unknown {
  if (typeof value === "number") {
    if (Number.isFinite(value)) return Math.abs(value) < 1e-14 ? 0 : Number(value.toPrecision(10));
    return Number.isNaN(value) ? null : String(value);
  }
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== "object" || value === null) return value;
  if ("toJSON" in value) return JSON.parse(JSON.stringify(value));
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => {
      const parts = comparable(part);
      const isSet = key === "partial_missing_list";
      return [key, isSet ? (parts as unknown[]).map((one) => JSON.stringify(one)).sort() : parts];
    }),
  );
}
