/** Validated input: one error that lists everything wrong with an event. */
import type * as z from "zod";
import { problemsOf } from "../../contracts/modelSpec.ts";
import { SluiceError } from "./errors.ts";

export function parseInput<Schema extends z.ZodType>(
  what: string,
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = problemsOf(parsed.error).map((problem) => `${problem.path}: ${problem.message}`);
  throw new SluiceError("InvalidInput", `${what}: ${problems.join("; ")}`);
}

/** Parses JSON text; the error names the source, never its content. */
export function parseJson(what: string, text: string, reviver?: Parameters<typeof JSON.parse>[1]): unknown {
  try {
    return JSON.parse(text, reviver);
  } catch (cause) {
    throw new SluiceError("InvalidInput", `${what}: expected JSON`, { cause });
  }
}
