/** Fewer reads. Objects whose keys name their content, or whose release is over, never change: a warm Lambda reads each once. */
import type { Objects, StoredObject } from "./objects.ts";

const IMMUTABLE = /\/(specs|datasets|evaluations|golden)\//;
const KEPT = 64;

export function withCache(objects: Objects): Objects {
  const texts = new Map<string, string>();
  return {
    ...objects,
    async getText(uri) {
      const known = texts.get(uri);
      if (known !== undefined) return known;
      const text = await objects.getText(uri);
      if (IMMUTABLE.test(uri)) {
        if (texts.size >= KEPT) texts.delete(texts.keys().next().value as string);
        texts.set(uri, text);
      }
      return text;
    },
  };
}

/** Each prefix is listed once: for one look, in which nobody waits for new objects. */
export function withListsKept(objects: Objects): Objects {
  const lists = new Map<string, Promise<StoredObject[]>>();
  return {
    get: (uri) => objects.get(uri),
    getText: (uri) => objects.getText(uri),
    put: (...object) => objects.put(...object),
    putNew: (...object) => objects.putNew(...object),
    list(prefixUri) {
      const known = lists.get(prefixUri) ?? objects.list(prefixUri);
      lists.set(prefixUri, known);
      return known;
    },
  };
}
