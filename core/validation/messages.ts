/** What every message of this folder is made of: where, what was expected, what came. */
import { writeExactly } from "./exactJson.ts";
import { ExpectationError } from "./types.ts";

/** A value as messages show it. */
export const shown = (value: unknown): string => JSON.stringify(value, writeExactly) ?? "nothing";

/** `expected …, got …`; what came as JSON. */
export const unlike = (expected: string, got: unknown): string => `expected ${expected}, got ${shown(got)}`;

/** An argument that an expectation cannot take. */
export const badKwarg = (name: string, expected: string, got: unknown): ExpectationError =>
  new ExpectationError(`kwargs.${name}: ${unlike(expected, got)}`);

/** A number with four digits, or so many. */
export const digits = (x: number, most = 4): string => String(Number(x.toPrecision(most)));

/** A share in percent. */
export const percent = (share: number, most = 3): string => `${digits(100 * share, most)} %`;
