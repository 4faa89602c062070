import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { unsupportedBy } from "../../../core/validation/sql/index.ts";
import { numbers, same, suiteOf, text, truths } from "../../support/sqlEngines.ts";
import { openDatabase, type TestDatabase } from "../../support/testDatabase.ts";

let db: TestDatabase;
before(async () => {
  db = await openDatabase();
});
after(() => db.close());

const REGEXES = [
  "^a",
  "a$",
  "^a$",
  "a|^b$",
  "\\d+",
  "\\D",
  "\\w\\s\\S",
  "[^a-c]",
  "[\\]\\-^]",
  "(?i)É",
  "(?s)a.b",
  "a.b",
  "(?m)^b$",
  "(a|b)+c{2,3}?",
  "\\.",
  "\\x41|\\u00e9",
  "(?a)\\bb",
  "\\Ab\\Z",
  "[\\W]",
  "[\\d\\s]",
  "a{0}b?",
  "(?P<n>a)(?:b)",
  "[[]",
  "a&&b",
  "\\/",
  "(a$|b$)",
  "[[:alpha:]]",
  "$",
  "^$",
];
const TEXTS = [
  "",
  "a",
  "b",
  "ab",
  "a\n",
  "a\nb",
  "b\na",
  "a\rb",
  "a\u2028b",
  "é",
  "É",
  "A",
  "٣",
  "1",
  "a b",
  "a\u00a0b",
  "a.b",
  "[",
  "]",
  "-",
  "^",
  "abcc",
  "acc",
  "a&&b",
  "🙂",
  "a🙂b",
  "\\",
  "/",
  "ſ",
  "K",
  "K",
  "\u0085",
  "b c",
  "_",
  ":",
];

test("regular expressions mean what Python means", async () => {
  const suite = suiteOf(
    ...REGEXES.map((regex) => ({
      type: "expect_column_values_to_match_regex",
      kwargs: { column: "x", regex },
    })),
  );

  await same(db, suite, [text(TEXTS)]);
});

test("regular expressions without a counterpart are refused by name", () => {
  const regexes = ["(?=a)b", "(a)\\1", "a$b", "\\bword", "a{2000}"];
  const suite = suiteOf(
    ...regexes.map((regex) => ({
      type: "expect_column_values_to_match_regex",
      kwargs: { column: "x", regex },
    })),
  );
  const table = { name: ["data"], columns: [text([])] };

  assert.equal(unsupportedBy("duckdb", suite, table).length, regexes.length);
  assert.match(
    unsupportedBy("duckdb", suite, table)[0] as string,
    /expectations\[0\] .* on "x"\) on engine duckdb: .*a look-around/,
  );
  assert.deepEqual(
    unsupportedBy("athena", suite, table).map((p) => /\[(\d)\]/.exec(p)?.[1]),
    ["1", "4"],
  );
});

test("dates follow the streaming engine's calendar", async () => {
  const formats = [
    "%Y-%m-%d",
    "%d.%m.%y",
    "%b %d %Y",
    "%d %B",
    "%H:%M:%S",
    "%Y",
    "%m/%d",
    "%Y-%m-%d %H:%M:%S",
    "%j",
    "%Y%m%d %p%%",
    "%d %Y",
  ];
  const dates = [
    "2024-02-29",
    "2023-02-29",
    "1900-02-29",
    "2000-02-29",
    "0000-01-01",
    "2024-4-31",
    "2024-04-30",
    "29.02.68",
    "29.02.69",
    "29.02.72",
    "Feb 29 2024",
    "feb 30 2024",
    "JAN  31 2024",
    "29 February",
    "28 february",
    "23:59:60",
    "24:00:00",
    "2024",
    "02/29",
    "02/28",
    "2024-02-29 10:00:00",
    "2024-02-29\u00a010:00:00",
    "366",
    "367",
    "20240131 am%",
    " 1 2024",
    "31 2024",
    "2024-02-29\n",
  ];
  const suite = suiteOf(
    ...formats.map((strftime_format) => ({
      type: "expect_column_values_to_match_strftime_format",
      kwargs: { column: "x", strftime_format },
    })),
  );

  await same(db, suite, [text(dates)]);
});

test("JSON is what Python's json.loads takes", async () => {
  const texts = [
    "NaN",
    "[1,]",
    '{"a":1,}',
    "Infinity",
    "-inf",
    "1",
    "1.",
    "01",
    "-0",
    "1e9",
    "null",
    "nul",
    '"nan"',
    '"a,]"',
    '"\\ud800"',
    '"\\\\ud800"',
    '"\\\\\\ud800x"',
    '{"a":"\\"nan,]"}',
    "[]",
    "{}",
    "",
    " [1 , 2 ] ",
    "[1 2]",
    '"\t"',
    "'a'",
    "\u00a01",
    "\u20281",
    '{"a":1,"a":2}',
    "[[[[]]]]",
    "// x\n1",
    "true",
    "True",
    '"\u007f"',
    '["]", nan]',
  ];
  const suite = suiteOf({ type: "expect_column_values_to_be_json_parseable", kwargs: { column: "x" } });

  await same(db, suite, [text(texts)]);
  await same(db, suite, [numbers([1, 0.5, null, -3e300])]);
  await same(db, suite, [truths([true, null])]);
});
