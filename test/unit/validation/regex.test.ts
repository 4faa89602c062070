import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { parseSuite, SuiteRunner } from "../../../core/validation/index.ts";
import { pythonRegex } from "../../../core/validation/regex/index.ts";
import { parsePattern } from "../../../core/validation/regex/parsePattern.ts";
import { simulator } from "../../../core/validation/regex/simulate.ts";
import { ExpectationError } from "../../../core/validation/types.ts";

interface Case {
  readonly pattern: string;
  readonly texts: readonly string[];
  readonly found: readonly boolean[] | null;
}

const cases = JSON.parse(
  gunzipSync(readFileSync(new URL("../../vectors/pythonRegex.json.gz", import.meta.url))).toString(),
) as Case[];

/** What a search says, or why it gave up. */
function search(test: (text: string) => boolean, text: string): boolean | "gave up" {
  try {
    return test(text);
  } catch (error) {
    if (error instanceof ExpectationError) return "gave up";
    throw error;
  }
}

test("searches as Python's re does; what Python refuses is refused", () => {
  let answered = 0;
  for (const { pattern, texts, found } of cases) {
    if (found === null) {
      assert.throws(() => pythonRegex(pattern), ExpectationError, pattern);
      continue;
    }
    const answers = texts.map((text) => search((t) => pythonRegex(pattern).test(t), text));
    const isReference = /\\1|\(\?P=/.test(pattern);
    answers.forEach((answer, i) => {
      if (answer === "gave up") assert.ok(isReference, `gave up on ${pattern}`);
      else assert.equal(answer, found[i], `${pattern} on ${JSON.stringify(texts[i])}`);
    });
    answered += answers.filter((a) => a !== "gave up").length;
  }
  assert.ok(answered > 15_000, `only ${answered} answers`);
});

test("the automaton, which takes over where backtracking may be long, agrees with Python too", () => {
  for (const { pattern, texts, found } of cases) {
    if (found === null || /\\1|\(\?P=/.test(pattern)) continue;
    const finds = simulator(parsePattern(pattern));
    assert.deepEqual(texts.map(finds), found, pattern);
  }
});

test("an expression that backtracks for ever elsewhere gives its answer at once", () => {
  const long = "a".repeat(50_000);
  const started = performance.now();

  assert.equal(pythonRegex("(a+)+$").test(`${long}!`), false);
  assert.equal(pythonRegex("(a|a)*b").test(long), false);
  assert.equal(pythonRegex("\\s+$").test(`${" ".repeat(50_000)}x`), false);
  assert.equal(pythonRegex("(?=(a+)+$)a").test("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"), false);
  assert.equal(pythonRegex("a?".repeat(40) + "a".repeat(40)).test("a".repeat(39)), false);
  assert.ok(performance.now() - started < 2000, `took ${performance.now() - started} ms`);
});

test("one that cannot be answered in bounded time says so, and what to do", () => {
  assert.throws(
    () => pythonRegex("(a+)+\\1$").test(`${"a".repeat(40)}!`),
    /expected an answer in bounded time, got a reference to a group; avoid repeats inside repeats/,
  );
  assert.throws(() => pythonRegex("(?=.*b)a").test("a".repeat(20_000)), /more than 20000000 steps/);
});

test("in a suite such an expression fails by itself, the others go on", () => {
  const regexes = ["(a+)+$", "(a+)+\\1$", "^a"];
  const runner = new SuiteRunner(
    parseSuite({
      name: "s",
      expectations: regexes.map((regex) => ({
        type: "expect_column_values_to_match_regex",
        kwargs: { column: "x", regex },
      })),
    }),
  );
  for (let i = 0; i < 100; i++) runner.add({ x: `${"a".repeat(60)}!` });

  const results = runner.finish().results;
  assert.deepEqual(
    results.map((r) => [r.success, r.exception_info.raised_exception]),
    [
      [false, false],
      [false, true],
      [true, false],
    ],
  );
});

test("letters and digits of all scripts are letters and digits, unless the flag a says otherwise", () => {
  assert.equal(pythonRegex("^\\w+$").test("Zoë_名前"), true);
  assert.equal(pythonRegex("^\\d+$").test("１２"), true);
  assert.equal(pythonRegex("(?a)^\\w+$").test("Zoë"), false);
});

test("what has no counterpart here is refused by place and name", () => {
  for (const [pattern, message] of [
    ["(?>a)", /position 2: expected a group that is supported \(no atomic and no conditional one\)/],
    ["a++", /no possessive quantifier/],
    ["a{3,1}", /a least number up to the most/],
    ["(?<=a+)b", /a look-behind of one width/],
    ["(a)|b\\1", /references to groups that take part in every match, got 1/],
  ] as const)
    assert.throws(() => pythonRegex(pattern), message);
});
