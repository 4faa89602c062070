/** What divides large data: the same rows in the same parts and order as in one Lambda's memory. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { placeOf, splitByGroup, splitByTimeAndGroup } from "../../../core/dataset/groupSplit.ts";
import { type Cut, groupCut, partOf, partSql, rowsBeforeBorders } from "../../../core/dataset/large/cut.ts";
import { groupsOfRanges } from "../../../core/dataset/large/rangeSql.ts";
import { compareKeys, RowSample, rangeStarts } from "../../../core/dataset/large/ranges.ts";
import {
  cellsOf,
  contentTie,
  isOrderedByBytes,
  numberTie,
  type OrderedRow,
  orderRows,
  rowLine,
  unfitCell,
  unloadedRow,
} from "../../../core/dataset/large/rows.ts";
import {
  createTableSql,
  MOST_COLUMNS,
  partSizesSql,
  rangeSizesSql,
  unloadSql,
} from "../../../core/dataset/large/sql.ts";
import { splitByTime } from "../../../core/dataset/split.ts";
import { openDatabase, type TestDatabase } from "../../support/testDatabase.ts";

const shares = fc
  .tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 39 }))
  .map(([train, validation]) => ({ train: train / 100, validation: validation / 100 }));
const times = fc.array(fc.constantFrom("2026-01-01", "2026-01-02", "2026-01-02T01", "a", "", "b"), {
  maxLength: 30,
});
const groups = fc.constantFrom("", "x", "y", "z", "ü", "w", "v");

/** As the Lambda finds it, from ordered times. */
function cutOf(
  by: "time" | "timeAndGroup",
  sorted: readonly string[],
  of: { train: number; validation: number },
): Cut | null {
  const before = rowsBeforeBorders(sorted.length, of);
  if (before === null) return null;
  const next = (count: number) => sorted.find((time) => time > (sorted[count - 1] as string));
  const [validation, holdout] = [next(before.validation), next(before.holdout)];
  return validation === undefined || holdout === undefined || holdout <= validation
    ? null
    : { by, validation, holdout };
}

const indicesOf = (parts: readonly string[], name: string): number[] =>
  parts.flatMap((part, i) => (part === name ? [i] : []));

describe("cuts", () => {
  it("by time put every row where splitByTime does, and refuse what it refuses", () => {
    fc.assert(
      fc.property(times, shares, (given, of) => {
        const sorted = [...given].sort();
        const ranges = splitByTime(sorted, of);
        const cut = cutOf("time", sorted, of);
        assert.equal(cut === null, ranges === null);
        if (cut === null || ranges === null) return;
        const parts = sorted.map((time) => partOf(cut, { time, place: 0, last: "" }));
        for (const [name, [from, to]] of Object.entries(ranges))
          assert.deepEqual(
            indicesOf(parts, name),
            Array.from({ length: to - from }, (_, i) => from + i),
          );
      }),
    );
  });

  it("by group put every row where splitByGroup does", () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 40 }), shares, (given, of) => {
        const expected = splitByGroup(given, of);
        const parts = given.map((group) =>
          partOf(groupCut(of), { time: "", place: placeOf(group) * 2 ** 32, last: "" }),
        );
        if (expected === null) return assert.ok(new Set(parts).size < 3);
        for (const name of ["train", "validation", "holdout"] as const)
          assert.deepEqual(indicesOf(parts, name), expected[name]);
      }),
    );
  });

  it("by time and group leave out what splitByTimeAndGroup leaves out", () => {
    const rows = fc.array(fc.tuple(fc.integer({ min: 10, max: 30 }).map(String), groups), { maxLength: 40 });
    fc.assert(
      fc.property(rows, shares, (given, of) => {
        const sorted = [...given].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
        const [ts, gs] = [sorted.map(([time]) => time), sorted.map(([, group]) => group)];
        const expected = splitByTimeAndGroup(ts, gs, of);
        const cut = cutOf("timeAndGroup", ts, of);
        if (cut === null) return assert.equal(expected, null);
        const last = (group: string): string => ts.filter((_, i) => gs[i] === group).at(-1) as string;
        const parts = sorted.map(([time, group]) => partOf(cut, { time, place: 0, last: last(group) }));
        if (expected === null)
          return assert.ok(["train", "validation", "holdout"].some((name) => !parts.includes(name as never)));
        for (const name of ["train", "validation", "holdout", "purged"] as const)
          assert.deepEqual(indicesOf(parts, name), expected[name]);
      }),
    );
  });
});

describe("ranges", () => {
  const key = fc.record({
    time: fc.constantFrom("a", "b", "c"),
    tie: fc.integer({ min: 0, max: 50 }).map(numberTie),
  });

  it("begin in rising order, whatever the sample, and never with a key of no row", () => {
    fc.assert(
      fc.property(
        fc.array(key, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        (sample, count) => {
          const starts = rangeStarts(sample, count);
          assert.ok(starts.length < count);
          for (const [i, start] of starts.entries()) {
            assert.ok(i === 0 || compareKeys(starts[i - 1] as typeof start, start) < 0);
            assert.ok(sample.some((one) => compareKeys(one, start) === 0));
          }
        },
      ),
    );
  });

  it("come from the same sample, however the rows are taken in", () => {
    const whole = new RowSample();
    const parts = new RowSample();
    let part = new RowSample();
    for (let n = 0; n < 90_000; n++) {
      whole.add(n, String(n % 7), numberTie(n));
      part.add(n, String(n % 7), numberTie(n));
      if (n % 31_000 !== 0) continue;
      parts.merge(part.rows());
      part = new RowSample();
    }
    parts.merge(part.rows());

    assert.equal(whole.rows().length, 20_000);
    assert.deepEqual(parts.rows(), whole.rows());
  });

  it("are about as large as meant", () => {
    const sample = new RowSample();
    for (let n = 0; n < 200_000; n++) sample.add(n, "one time", numberTie(n));
    const starts = rangeStarts(sample.rows(), 50).map(({ tie }) => Number(tie));
    const sizes = starts.map((start, i) => (starts[i + 1] ?? 200_000) - start);

    assert.equal(starts.length, 49);
    assert.ok(Math.max(...sizes) < 6000 && Math.min(...sizes) > 2800, JSON.stringify(sizes));
  });
});

describe("rows", () => {
  const anyText = fc.string({ unit: "binary", maxLength: 30 });
  const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

  it("are ordered by their ties as by their content, as far as ties tell", () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        const order = byText(contentTie(a), contentTie(b));
        assert.ok(order === 0 || order === byText(a, b));
      }),
    );
  });

  it("say which times another engine orders otherwise", () => {
    assert.ok(isOrderedByBytes("2026-01-01T00:00:00+01:00 ü\ud7ff"));
    assert.ok(!isOrderedByBytes("\ue000") && !isOrderedByBytes("😀"));
  });

  it("come back as they were, unless a cell is named as unfit", () => {
    fc.assert(
      fc.property(fc.array(anyText, { minLength: 1, maxLength: 4 }), (cells) => {
        const at = unfitCell(cells);
        const line = rowLine({ number: 7, place: 3, tie: "t", cells });
        const unfit = ["\0", "\u0001", "\n", "\r"].some((char) => cells[at]?.includes(char));
        if (at >= 0) assert.ok(unfit || cells[at] === "\\N");
        else assert.deepEqual(line.split("\u0001"), ["7", "3", "t", ...cells]);
      }),
    );
    assert.equal(unfitCell(["a", "\\N"]), 1);
  });

  it("of UNLOAD have empty text where it leaves a column out", () => {
    const row = unloadedRow('{"n":5,"p":0,"t":"now","line":"a\\u0001\\u0001b"}');

    assert.deepEqual({ ...row, line: "" }, { number: 5, place: 0, last: "", time: "now", line: "" });
    assert.deepEqual(cellsOf(row), ["a", "", "b"]);
    assert.equal(unloadedRow('{"n":5,"p":0}').time, "");
  });

  it("of one time are ordered by number, with groups by content first", () => {
    const row = (number: number, line: string) => ({ number, place: 0, last: "", time: "t", line });
    const numbers = (hasGroups: boolean) =>
      orderRows([row(2, "a"), row(10, "a"), row(1, "b")], hasGroups).map(({ number }) => number);

    assert.deepEqual(numbers(false), [1, 2, 10]);
    assert.deepEqual(numbers(true), [2, 10, 1]);
  });
});

describe("statements", () => {
  const table = { database: "lake", table: "release_a", columns: 3, timeAt: 0, groupAt: 1 };
  const starts = [
    { time: "b", tie: numberTie(3) },
    { time: "it's", tie: numberTie(0) },
  ];
  let db: TestDatabase;
  before(async () => {
    db = await openDatabase();
  });
  after(() => db?.close());

  it("are what Athena takes, names and values quoted", () => {
    assert.equal(
      createTableSql(table, "s3://b/rows/"),
      "CREATE EXTERNAL TABLE IF NOT EXISTS lake.release_a (n bigint, p bigint, tie string, c0 string, c1 string, c2 string) STORED AS TEXTFILE LOCATION 's3://b/rows/'",
    );
    const sql = unloadSql(table, starts, true, [0, 3], "s3://b/ordered/");
    assert.match(
      sql,
      /^UNLOAD \(SELECT n, p, newest, t, line, CASE WHEN t < 'b' OR .* FROM \(SELECT n, p, max\(coalesce\(c0, ''\)\) OVER \(PARTITION BY coalesce\(c1, ''\)\) AS newest, /,
    );
    assert.match(sql, /t < 'it''s'/);
    assert.match(
      sql,
      /TO 's3:\/\/b\/ordered\/' WITH \(format = 'JSON', compression = 'GZIP', partitioned_by = ARRAY\['r'\]\)$/,
    );
    assert.doesNotMatch(unloadSql(table, starts, false, [0, 3], "s3://b/o/"), /OVER/);
  });

  it("put rows into the ranges and parts that a Lambda puts them in", async () => {
    const rows = Array.from({ length: 200 }, (_, n) => ({
      n,
      p: (n * 21_474_836) % 2 ** 32,
      time: ["a", "b", "it's", "z", ""][n % 5] as string,
      group: ["x", "y", ""][n % 3] as string,
    }));
    await db.createTextTable(
      createTableSql(table, "s3://b/rows/"),
      rows.map(({ n, p, time, group }) =>
        rowLine({ number: n, place: p, tie: numberTie(n), cells: [time, group, "ü😀"] }),
      ),
    );
    const rangeOf = (row: (typeof rows)[number]): number =>
      starts.filter((start) => compareKeys({ time: row.time, tie: numberTie(row.n) }, start) >= 0).length;
    const counted = (values: readonly (string | number)[]) => {
      const counts = new Map<string, number>();
      for (const value of values) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
      return Object.fromEntries([...counts].sort());
    };
    const sizes = await db.query(rangeSizesSql(table, starts));
    assert.deepEqual(
      Object.fromEntries(sizes.map(({ r, n }) => [String(r), Number(n)] as const).sort()),
      counted(rows.map(rangeOf)),
    );
    assert.ok(sizes.every(({ n, chars }) => Number(chars) > 2 * Number(n)));

    const cuts: Cut[] = [
      { by: "time", validation: "b", holdout: "it's" },
      { by: "timeAndGroup", validation: "b", holdout: "z" },
      groupCut({ train: 0.3, validation: 0.33 }),
    ];
    for (const cut of cuts) {
      const last = (group: string) =>
        rows
          .filter((row) => row.group === group)
          .map((row) => row.time)
          .sort()
          .at(-1) as string;
      const parts = rows.map((row) => partOf(cut, { time: row.time, place: row.p, last: last(row.group) }));
      const found = await db.query(partSizesSql(table, cut));
      assert.deepEqual(
        Object.fromEntries(found.map(({ part, n }) => [String(part), Number(n)] as const).sort()),
        counted(parts),
      );
      for (const { part, kinds } of found)
        assert.equal(
          Number(kinds),
          new Set(rows.flatMap((row, i) => (parts[i] === part ? [row.group] : []))).size,
        );
    }
    assert.match(partSql(cuts[0] as Cut, { time: "t", place: "p", last: "l" }), /^CASE WHEN t < 'b'/);
  });

  it("divide rows into hundreds of ranges, a hundred at once", async () => {
    const many = { ...table, table: "release_b", groupAt: null };
    const rows = Array.from({ length: 450 }, (_, n) => n);
    const borders = rows.slice(1, 231).map((n) => ({ time: "now", tie: numberTie(n) }));
    await db.createTextTable(
      createTableSql(many, "s3://b/rows/"),
      rows.map((n) => rowLine({ number: n, place: 0, tie: numberTie(n), cells: ["now", "", `${n}`] })),
    );

    const sizes = await db.query(rangeSizesSql(many, borders));
    assert.equal(sizes.length, 231);
    for (const { r, n } of sizes) assert.equal(Number(n), Number(r) === 230 ? 220 : 1, `range ${r}`);
    const groups = groupsOfRanges(231);
    assert.deepEqual(groups, [
      [0, 100],
      [100, 200],
      [200, 231],
    ]);
    const unloaded: OrderedRow[] = [];
    for (const group of groups) {
      const written = (await db.unload(unloadSql(many, borders, false, group, "s3://b/o/"))).map(unloadedRow);
      assert.ok(written.every(({ number }) => number >= group[0] && (group[1] > 230 || number < group[1])));
      unloaded.push(...written);
    }
    assert.deepEqual(
      orderRows(unloaded, false).map(({ number, line }) => [number, line]),
      rows.map((n) => [n, `now\u0001\u0001${n}`]),
    );
  });

  it("hold the cells of as many columns as there may be", async () => {
    const wide = { ...table, table: "release_c", columns: MOST_COLUMNS };
    const cells = Array.from({ length: MOST_COLUMNS }, (_, at) => `v${at}`);
    await db.createTextTable(createTableSql(wide, "s3://b/rows/"), [
      rowLine({ number: 7, place: 0, tie: numberTie(7), cells }),
    ]);

    const unloaded = await db.unload(unloadSql(wide, starts, true, [0, 3], "s3://b/o/"));
    assert.deepEqual(unloaded.map(unloadedRow).map(cellsOf), [cells]);
    const sizes = await db.query(rangeSizesSql(wide, starts));
    assert.equal(Number(sizes[0]?.chars), cells.join("").length);
  });
});
