/** Without a Trino: what is written for Athena is parsed, and calls only functions that Trino documents. `npm run bench -- trino` runs it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { partSizesSql, rangeSizesSql, unloadSql } from "../../../core/dataset/large/sql.ts";
import { ATHENA, planSuite, type SqlTable, unsupportedBy } from "../../../core/validation/sql/index.ts";
import { ensurePython } from "../../../sandbox/python/ensure.ts";
import { type GxCase, suiteOf } from "../../support/sqlEngines.ts";

const TYPES = ["bigint", "double", "varchar", "bigint", "double", "string", "varchar", "varchar", "boolean"];

/** https://trino.io/docs/current/functions/list.html, and words before a bracket that are no functions. */
const DOCUMENTED =
  "abs array_agg array_join avg cast chr coalesce count count_if date_trunc floor is_nan json_format json_parse lag length lower max min min_by nullif regexp_extract regexp_like regexp_replace stddev_samp substr sum timestamp to_iso8601 trim try try_cast varchar".split(
    " ",
  );
const WORDS = "and as by distinct else filter from in not or over select then when where".split(" ");

let statements: string[];
before(() => {
  const file = new URL("../../vectors/validation.json.gz", import.meta.url);
  const cases = JSON.parse(gunzipSync(readFileSync(file)).toString()) as GxCase[];
  const written = new Set<string>();
  for (const { format, data, expectations } of cases)
    for (const shape of [
      { rowNumber: "row" },
      {},
      { rowNumber: "row", isText: true },
      { rowNumber: "row", isText: true, isTypedByColumn: true },
    ])
      for (const sql of statementsOf(Object.keys(data), expectations, format, shape)) written.add(sql);
  const large = { database: "sluice_datasets", table: "release_a", columns: 3, timeAt: 0, groupAt: 1 };
  const starts = [{ time: "it's", tie: "000000000001" }];
  for (const isByTime of [true, false]) {
    const unload = unloadSql(large, starts, isByTime, [0, 2], "s3://bucket/ordered/");
    written.add(/^UNLOAD \((.*)\) TO /.exec(unload)?.[1] as string);
  }
  written.add(rangeSizesSql(large, starts));
  written.add(partSizesSql(large, { by: "timeAndGroup", validation: "a", holdout: "b" }));
  written.add(partSizesSql(large, { by: "group", validation: 1, holdout: 2 }));
  statements = [...written];
});

function statementsOf(
  names: readonly string[],
  expectations: GxCase["expectations"],
  resultFormat: GxCase["format"],
  shape: Pick<SqlTable, "rowNumber" | "isText" | "isTypedByColumn">,
): string[] {
  const suite = suiteOf(
    ...expectations,
    { type: "expect_column_values_to_be_null", kwargs: { column: `"; DROP TABLE x; --` } },
    ...("rowNumber" in shape
      ? [{ type: "expect_column_values_to_be_increasing", kwargs: { column: "c0" } }]
      : []),
    ...[`\\bit's "?\\w`, "(?m)^a$", "(?=a)b", "a$|b"].map((regex) => ({
      type: "expect_column_values_to_match_regex",
      kwargs: { column: "c2", regex },
    })),
  );
  const columns = [
    ...names.map((name, i) => ({ name, type: TYPES[i] as string })),
    { name: `"; DROP TABLE x; --`, type: "timestamp(3)" },
  ];
  const table = { name: ["awsdatacatalog", "lake", 'odd"name'], columns, ...shape };
  const refused = unsupportedBy("athena", suite, table, { resultFormat }).map((p) =>
    Number(/\[(\d+)\]/.exec(p)?.[1]),
  );
  const runnable = { ...suite, expectations: suite.expectations.filter((_, i) => !refused.includes(i)) };
  return planSuite(runnable, table, ATHENA, { resultFormat }).statements.map(({ sql }) => sql);
}

test("every statement for Athena is one SELECT of Trino's SQL", async () => {
  const cache = process.env.XDG_CACHE_HOME ?? path.join(homedir(), ".cache");
  const python = await ensurePython({
    cacheDirectory: path.join(cache, "sluice"),
    log: (line) => process.stderr.write(`${line}\n`),
    other: {
      name: "sqlglot",
      requirements: path.join(import.meta.dirname, "../../support/sqlglot-requirements.txt"),
    },
  });
  const script =
    "import json, sys, sqlglot\nfor sql in json.load(sys.stdin):\n    [tree] = sqlglot.parse(sql, read='trino')\n    assert isinstance(tree, sqlglot.exp.Select) or isinstance(tree, sqlglot.exp.Union), sql\n    assert not list(tree.find_all(sqlglot.exp.Drop)), sql\nprint('parsed')";
  // A parser in Python takes a tenth of a second a statement.
  const some = statements.filter((_, i) => i % 40 === 0 || i >= statements.length - 5);
  const printed = execFileSync(python, ["-c", script], { input: JSON.stringify(some), maxBuffer: 1 << 26 });

  assert.ok(statements.length > 600);
  assert.equal(String(printed).trim(), "parsed");
});

test("statements for Athena call documented functions only, and stay within its query length", () => {
  const called = new Set<string>();
  for (const sql of statements) {
    const code = sql.replaceAll(/'(?:[^']|'')*'/g, "''").replaceAll(/"(?:[^"]|"")*"/g, '""');
    for (const [, name] of code.matchAll(/([A-Za-z_]\w*)\s*\(/g)) called.add((name as string).toLowerCase());
    assert.ok(Buffer.byteLength(sql) <= 262_144);
  }

  assert.deepEqual(
    [...called].filter((name) => !DOCUMENTED.includes(name) && !WORDS.includes(name)),
    [],
  );
});
