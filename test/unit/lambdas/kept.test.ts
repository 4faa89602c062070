import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Kept } from "../../../lambdas/shared/kept.ts";

const kept = (most: number) => new Kept<string>(most, (text) => text.length);

describe("Kept", () => {
  it("forgets the oldest when there is no room, and what was put again counts as new", () => {
    const texts = kept(6);
    for (const [key, text] of [
      ["a", "xx"],
      ["b", "xx"],
      ["a", "yy"],
      ["c", "xxx"],
    ] as const)
      texts.set(key, text);

    assert.deepEqual([texts.get("a"), texts.get("b"), texts.get("c")], ["yy", undefined, "xxx"]);
  });

  it("does not make room for what is too large by itself", () => {
    const texts = kept(4);
    texts.set("a", "xx");
    texts.set("b", "xxxxx");

    assert.deepEqual([texts.has("a"), texts.has("b")], [true, false]);
  });

  it("never keeps more than it may, and always the last that fits", () => {
    const put = fc.tuple(fc.constantFrom("a", "b", "c", "d", "e"), fc.string({ maxLength: 12 }));
    fc.assert(
      fc.property(fc.array(put, { minLength: 1 }), (puts) => {
        const texts = kept(10);
        for (const [key, text] of puts) texts.set(key, text);
        const held = ["a", "b", "c", "d", "e"].reduce((sum, key) => sum + (texts.get(key)?.length ?? 0), 0);
        const [key, last] = puts.at(-1) as [string, string];
        assert.ok(held <= 10, `${held}`);
        assert.equal(texts.get(key), last.length <= 10 ? last : undefined);
      }),
    );
  });
});
