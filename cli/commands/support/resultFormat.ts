/** Great Expectations' result format from the command line: a name, its options as JSON, or options of the command. */
import { InvalidArgumentError } from "commander";
import * as z from "zod";
import type { ResultFormat } from "../../../core/validation/index.ts";

const NAMES = ["BOOLEAN_ONLY", "BASIC", "SUMMARY", "COMPLETE"] as const;

const SCHEMA = z.strictObject({
  result_format: z.enum(NAMES).default("SUMMARY"),
  partial_unexpected_count: z.int().nonnegative().optional(),
  exclude_unexpected_values: z.boolean().optional(),
  return_unexpected_index_query: z.boolean().optional(),
  include_unexpected_rows: z.boolean().optional(),
  unexpected_index_column_names: z.array(z.string()).nonempty().optional(),
  // Of Spark's rows; pandas' are written as records either way.
  map_expectation_unexpected_rows_as_dict: z.boolean().optional(),
});

export const RESULT_FORMATS = `${NAMES.join(", ")}, or Great Expectations' options as JSON`;

/** @throws InvalidArgumentError with what is wrong */
export function parseResultFormat(text: string): ResultFormat {
  if (!text.trim().startsWith("{")) return checked({ result_format: text });
  let options: unknown;
  try {
    options = JSON.parse(text);
  } catch (error) {
    throw new InvalidArgumentError(`Expected ${RESULT_FORMATS}: ${(error as Error).message}.`);
  }
  return checked(options);
}

function checked(options: unknown): ResultFormat {
  const parsed = SCHEMA.safeParse(options);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    throw new InvalidArgumentError(`Expected ${RESULT_FORMATS}: ${problems.join("; ")}.`);
  }
  const { map_expectation_unexpected_rows_as_dict: _, ...format } = parsed.data;
  return Object.fromEntries(
    Object.entries(format).filter(([, value]) => value !== undefined),
  ) as ResultFormat & Record<string, unknown>;
}

/** @throws InvalidArgumentError for anything but a whole number from 0 */
export function parseCount(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Expected a whole number from 0.");
}

export interface RowOptions {
  readonly resultFormat?: ResultFormat;
  readonly examples?: number;
  readonly indexColumns?: readonly string[];
  readonly unexpectedRows?: boolean;
}

/** The format with what the other options add. */
export function resultFormatOf({
  resultFormat = { result_format: "SUMMARY" },
  examples,
  indexColumns,
  unexpectedRows,
}: RowOptions): ResultFormat {
  return {
    ...resultFormat,
    ...(examples === undefined ? {} : { partial_unexpected_count: examples }),
    ...(indexColumns === undefined ? {} : { unexpected_index_column_names: indexColumns }),
    ...(unexpectedRows === true ? { include_unexpected_rows: true } : {}),
  };
}
