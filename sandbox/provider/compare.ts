/** When two values of an argument are the same to AWS. */
import { isDeepStrictEqual } from "node:util";
import { assetHash, isAsset } from "./assets.ts";
import type { Argument, Properties } from "./definition.ts";

/** What an engine writes for a value that it does not know yet (previews). */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export function isUnknown(value: unknown): boolean {
  if (typeof value === "string") return value === UNKNOWN;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some(isUnknown);
}

const parsed = (value: unknown): unknown => {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return value;
    throw error;
  }
};

/** Empty lists and absent values are the same on AWS. */
const present = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== "" && !(Array.isArray(value) && value.length === 0);

export function same(argument: Argument, one: unknown, other: unknown): boolean {
  if (isUnknown(one) || isUnknown(other)) return false;
  if (!present(one) && !present(other)) return true;
  if (isAsset(one) || isAsset(other))
    return assetHash(one) !== undefined && assetHash(one) === assetHash(other);
  return argument.json ? isDeepStrictEqual(parsed(one), parsed(other)) : isDeepStrictEqual(one, other);
}

/** Whether all that `given` says is so in `live`; AWS may have filled in more. Numbers may come back as strings. */
export function holds(given: unknown, live: unknown): boolean {
  if (Array.isArray(given))
    return (
      Array.isArray(live) && given.length === live.length && given.every((item, i) => holds(item, live[i]))
    );
  if (typeof given === "object" && given !== null) {
    if (typeof live !== "object" || live === null) return false;
    return Object.entries(given).every(
      ([key, value]) => !present(value) || holds(value, (live as Properties)[key]),
    );
  }
  return given === live || (present(given) && present(live) && String(given) === String(live));
}

/**
 * State after a refresh: what was given stays as written while it still holds, everything else is as AWS reports it. A key that
 * `live` does not have is one that AWS does not report; one with an empty value is gone.
 */
export function refreshed(
  args: Readonly<Record<string, Argument>>,
  state: Properties,
  live: Properties,
): Properties {
  const result: Properties = { ...state };
  for (const [key, value] of Object.entries(live)) {
    const read = args[key]?.json ? parsed : (given: unknown) => given;
    if (!present(value)) {
      if (!args[key]?.computed) delete result[key];
    } else if (!present(state[key]) || !holds(read(state[key]), read(value))) result[key] = value;
  }
  return result;
}
