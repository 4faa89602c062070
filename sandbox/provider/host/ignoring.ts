/** `ignoreChanges`, as an engine applies it before a provider sees the arguments. */
import type { Properties } from "../definition.ts";

/** The new arguments with the ignored ones as they were. */
export function ignoring(news: Properties, olds: Properties, ignoreChanges: readonly string[]): Properties {
  const result: Properties = structuredClone(news);
  for (const path of ignoreChanges) {
    const keys = path.split(".");
    const last = keys.pop() as string;
    const [target, source] = [at(result, keys), at(olds, keys)];
    if (!target) continue;
    if (source?.[last] === undefined) delete target[last];
    else target[last] = source[last];
  }
  return result;
}

function at(root: Properties, keys: readonly string[]): Properties | undefined {
  let here: unknown = root;
  for (const key of keys)
    here = typeof here === "object" && here !== null ? (here as Properties)[key] : undefined;
  return typeof here === "object" && here !== null ? (here as Properties) : undefined;
}
