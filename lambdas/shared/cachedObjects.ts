/** Objects whose keys name their content, or whose release is over, never change: a warm Lambda reads each once. */
import type { Objects } from "./objects.ts";

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
