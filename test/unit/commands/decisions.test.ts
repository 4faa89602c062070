import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { Command } from "commander";
import * as compare from "../../../cli/commands/compare.ts";
import * as drift from "../../../cli/commands/drift.ts";
import * as judge from "../../../cli/commands/judge.ts";
import * as profile from "../../../cli/commands/profile.ts";
import * as validate from "../../../cli/commands/validate.ts";
import { SeededRandom } from "../../../core/statistics/index.ts";

const folder = mkdtempSync(join(tmpdir(), "decisions-"));
after(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Runs a command in this process; gives its exit status, its result (by --out) and what went to standard error. */
async function run(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const program = new Command().exitOverride();
  for (const command of [profile, drift, compare, judge, validate]) command.register(program);
  const target = join(folder, "out.txt");
  writeFileSync(target, "");
  const given = args.includes("--out") ? args : [...args, "--out", target];
  let err = "";
  const original = process.stderr.write;
  process.stderr.write = (text: string | Uint8Array): boolean => {
    err += String(text);
    return true;
  };
  try {
    await program.parseAsync(given, { from: "user" });
  } finally {
    process.stderr.write = original;
  }
  const status = Number(process.exitCode ?? 0);
  process.exitCode = 0;
  return { status, out: readFileSync(target, "utf8"), err };
}

function csvOf(rows: number, seed: number, shift = 0): string {
  const random = new SeededRandom(seed);
  const lines = Array.from(
    { length: rows },
    () => `${(random.normal() + shift).toFixed(4)},${["a", "b"][random.integer(2)]}`,
  );
  return `x,kind\n${lines.join("\n")}\n`;
}

test("profile, then drift: 0 on like data, 3 on shifted, 4 on too little, also from raw reference and gzip", async () => {
  const reference = write("reference.csv", csvOf(1000, 1));
  const stored = join(folder, "profile.json");
  const like = write("like.csv.gz", gzipSync(csvOf(500, 2)));

  assert.equal((await run("profile", "--data", reference, "--out", stored)).status, 0);
  assert.equal((await run("drift", "--reference", stored, "--current", like)).status, 0);
  assert.equal(
    (await run("drift", "--reference", reference, "--current", write("few.csv", csvOf(10, 3)))).status,
    4,
  );
  const html = join(folder, "report.html");
  const shifted = await run(
    "drift",
    "--reference",
    stored,
    "--current",
    write("shifted.csv", csvOf(500, 14, 0.5)),
    "--format",
    "json",
    "--html",
    html,
  );
  assert.equal(shifted.status, 3);
  assert.deepEqual(JSON.parse(shifted.out).driftedFeatures, ["x"]);
  assert.match(readFileSync(html, "utf8"), /<svg/);
});

test("with a column of times, a daily cycle is no drift", async () => {
  const random = new SeededRandom(8);
  const hours = (from: number, count: number) => {
    const lines = Array.from({ length: count * 40 }, (_, i) => {
      const hour = from + Math.floor(i / 40);
      const load = 10 * Math.sin((2 * Math.PI * hour) / 24) + random.normal();
      return `${new Date(hour * 3_600_000).toISOString()},${load.toFixed(3)}`;
    });
    return write(`hours${from}-${count}.csv`, `at,load\n${lines.join("\n")}\n`);
  };
  const stored = join(folder, "seasonal.json");
  await run("profile", "--data", hours(0, 24 * 28), "--out", stored, "--time-column", "at");
  const window = ["drift", "--reference", stored, "--current", hours(24 * 7 * 50 + 6, 1)];

  assert.equal((await run(...window)).status, 3);
  const timed = await run(...window, "--time-column", "at");
  assert.equal(timed.status, 0);
  assert.match(timed.out, /load +stable +hour of week/);
});

test("compare: 0 pass, 3 fail, 4 inconclusive", async () => {
  const random = new SeededRandom(5);
  const labels = Array.from({ length: 1500 }, () => random.integer(2));
  const scores = (edge: number) => labels.map((y) => 1 / (1 + Math.exp(-(edge * y + random.normal()))));
  const column = (name: string, values: readonly number[]) => write(name, `v\n${values.join("\n")}\n`);
  const files = {
    labels: column("labels.csv", labels),
    good: column("good.csv", scores(2)),
    bad: column("bad.csv", scores(0.3)),
  };
  const args = (champion: string, challenger: string) => [
    "compare",
    "--labels",
    files.labels,
    "--champion",
    champion,
    "--challenger",
    challenger,
  ];

  assert.equal((await run(...args(files.bad, files.good))).status, 0);
  assert.equal((await run(...args(files.good, files.bad))).status, 3);
  assert.equal((await run(...args(files.good, files.good.replace("good", "missing")))).status, 2);
});

test("compare takes several classes: a column of probabilities for each, or the decided class", async () => {
  const random = new SeededRandom(6);
  const names = ["cat", "dog", "fox"];
  const labels = Array.from({ length: 600 }, () => names[random.integer(3)] as string);
  const rows = (skill: number) =>
    labels.map((label) => {
      const weights = names.map((name) => Math.exp(random.normal() + (name === label ? skill : 0)));
      const sum = weights.reduce((a, b) => a + b, 0);
      return weights.map((w) => w / sum);
    });
  const decided = (table: number[][]) => table.map((row) => names[row.indexOf(Math.max(...row))]);
  const lines = (head: string, values: readonly unknown[]) => `${head}\n${values.join("\n")}\n`;
  const [good, bad] = [rows(2), rows(0.5)];
  const truth = write("animals.csv", lines("animal", labels));
  const probabilities = {
    good: write("goodRows.csv", lines(names.join(","), good)),
    bad: write("badRows.csv", lines(names.join(","), bad)),
  };
  const compared = (champion: string, challenger: string, metric: string) =>
    run("compare", "--labels", truth, "--champion", champion, "--challenger", challenger, "--metric", metric);

  assert.equal((await compared(probabilities.bad, probabilities.good, "roc_auc_ovr")).status, 0);
  assert.equal((await compared(probabilities.good, probabilities.bad, "log_loss")).status, 3);
  const classes = write("badClasses.csv", lines("decided", decided(bad)));
  assert.equal(
    (await compared(classes, write("goodClasses.csv", lines("v", decided(good))), "f1_macro")).status,
    0,
  );
  const wrong = await compared(probabilities.bad, probabilities.good, "auc");
  assert.equal(wrong.status, 2);
  assert.match(wrong.err, /rocAucOvr.*several classes, got rocAuc/);
});

test("judge: 0 promote, 3 rollback, 4 open; looks as CSV and as JSON lines", async () => {
  const look = (errors: number) => ({
    champion: { requests: 500, counts: { errors: 5 } },
    challenger: { requests: 500, counts: { errors } },
  });
  const lines = (errors: number) =>
    Array.from({ length: 120 }, () => JSON.stringify(look(errors))).join("\n");
  const table = `champion.requests,champion.counts.errors,challenger.requests,challenger.counts.errors\n${"500,5,0,0\n".repeat(20)}`;

  assert.equal((await run("judge", "--series", write("same.jsonl", lines(5)))).status, 0);
  assert.equal((await run("judge", "--series", write("worse.jsonl", lines(40)))).status, 3);
  assert.equal((await run("judge", "--series", write("idle.csv", table))).status, 4);
});

test("validate: 0 when met, 3 when not, with counts and examples; no values of sensitive columns", async () => {
  const suite = (max: number) =>
    write(
      `suite${max}.json`,
      JSON.stringify({
        name: "s",
        expectations: [
          {
            type: "expect_column_values_to_be_between",
            kwargs: { column: "x", min_value: 0, max_value: max },
          },
        ],
      }),
    );
  const data = write("data.jsonl", '{"x": 1}\n{"x": 77}\n');

  assert.equal((await run("validate", "--suite", suite(100), "--data", data)).status, 0);
  const failed = await run("validate", "--suite", suite(10), "--data", data);
  assert.equal(failed.status, 3);
  assert.match(failed.out, /1 of 2 unexpected \(50 %\), for example \[77\]/);
  assert.doesNotMatch(
    (await run("validate", "--suite", suite(10), "--data", data, "--sensitive", "x")).out,
    /77/,
  );
});

test("SageMaker data capture is read as rows", async () => {
  const capture = (value: number) =>
    JSON.stringify({
      captureData: {
        endpointInput: {
          observedContentType: "text/csv",
          mode: "INPUT",
          data: `${value},b`,
          encoding: "CSV",
        },
        endpointOutput: { observedContentType: "text/csv", mode: "OUTPUT", data: "0.5", encoding: "CSV" },
      },
      eventMetadata: { eventId: "1" },
      eventVersion: "0",
    });
  const out = join(folder, "capture.json");
  const result = await run(
    "profile",
    "--data",
    write("capture.jsonl", Array.from({ length: 5 }, (_, i) => capture(i)).join("\n")),
    "--out",
    out,
  );

  assert.equal(result.status, 0);
  assert.deepEqual(Object.keys(JSON.parse(readFileSync(out, "utf8")).features), [
    "feature0",
    "feature1",
    "prediction0",
  ]);
});

function captureOf(endpointInput: unknown): string {
  return `${JSON.stringify({ captureData: { endpointInput }, eventMetadata: { eventId: "1" } })}\n`;
}

test("quotes in captured CSV are quotes", async () => {
  const out = join(folder, "quoted.json");
  const input = { observedContentType: "text/csv", data: '1,"a,b"\n2,"say ""c"""', encoding: "CSV" };
  const result = await run("profile", "--data", write("quoted.jsonl", captureOf(input)), "--out", out);
  const { features } = JSON.parse(readFileSync(out, "utf8"));

  assert.equal(result.status, 0);
  assert.deepEqual(features.feature1.categories.names, ["a,b", 'say "c"']);
});

const BROKEN: readonly [name: string, content: string | Buffer, message: RegExp][] = [
  ["empty.csv", "", /empty\.csv: expected a header line and rows, got an empty file/],
  ["ragged.csv", "a,b\n1,2\n3\n", /ragged\.csv:3: expected 2 values, got 1/],
  ["double.csv", "a,a\n1,2\n", /double\.csv:1: expected each column once/],
  [
    "quote.csv",
    'a,b\n1,"x"y\n',
    /quote\.csv:2, column "b": expected a comma or a line end after a closing quote/,
  ],
  ["latin1.csv", Buffer.from([0x61, 0x0a, 0xe9, 0x0a]), /latin1\.csv:2, column "a": expected UTF-8 text/],
  ["broken.jsonl", '{"a":1}\n{"a":\n', /broken\.jsonl:2: expected one JSON object a line/],
  ["nested.jsonl", '{"a":{"b":1}}\n', /nested\.jsonl:1, column "a": expected a number, text/],
  ["tiny.parquet", "PAR1", /tiny\.parquet: expected a whole Parquet file, got 4 bytes/],
  ["header.csv", "x,kind\n", /header\.csv: expected rows, got none/],
  ["huge.csv", "x\n1\n1e400\n", /huge\.csv:3, column "x": expected a number, got "1e400"/],
  ["cut.csv.gz", gzipSync(csvOf(5000, 1)).subarray(0, 900), /cut\.csv\.gz: expected a whole gzip file/],
  [
    "cut.jsonl.gz",
    gzipSync('{"a":1}\n'.repeat(9000)).subarray(0, 40),
    /cut\.jsonl\.gz: expected a whole gzip/,
  ],
  ["plain.csv.gz", csvOf(5, 1), /plain\.csv\.gz: expected a whole gzip file, got incorrect header check/],
  ["nothing.jsonl", "{}\n{}\n", /nothing\.jsonl: expected at least one column, got none/],
  ["noInput.jsonl", captureOf(null), /noInput\.jsonl:1: expected captureData\.endpointInput, got null/],
  [
    "base64.jsonl",
    captureOf({ data: "!!", encoding: "BASE64" }),
    /base64\.jsonl:1, column "feature": expected base64/,
  ],
  ["cut.parquet", Buffer.from("PAR1 cut short"), /cut\.parquet: expected a whole Parquet file/],
  ["notes.txt", "x", /expected a name ending in \.csv/],
];

for (const [name, content, message] of BROKEN) {
  test(`${name} is refused with its place and exit status 2`, async () => {
    const { status, err } = await run(
      "profile",
      "--data",
      write(name, content),
      "--out",
      join(folder, "never.json"),
    );

    assert.equal(status, 2);
    assert.match(err, message);
  });
}

test("text in a column of numbers is named by line, column and value", async () => {
  const reference = write("numbers.csv", csvOf(100, 6));
  const { status, err } = await run(
    "drift",
    "--reference",
    reference,
    "--current",
    write("texty.csv", "x,kind\n1,a\noops,b\n"),
  );

  assert.equal(status, 2);
  assert.match(err, /texty\.csv:3, column "x": expected a number, got "oops"/);
});

test("every broken number of a series is named by line, column and value, also after a verdict", async () => {
  const good =
    '{"champion":{"requests":500,"counts":{"errors":5}},"challenger":{"requests":500,"counts":{"errors":90}}}\n';
  for (const [bad, message] of [
    ['{"champion":', /:41: expected a look as JSON/],
    ["[]", /:41, column "champion": expected an object/],
    [
      '{"champion":{"requests":"1"},"challenger":{}}',
      /:41, column "champion.requests": expected a number .*got "1"/,
    ],
    [
      '{"champion":{"requests":1},"challenger":{"requests":1,"counts":{"errors":2}}}',
      /:41, column "challenger.counts.errors": expected a number from 0 to 1 .*got 2/,
    ],
  ] as const) {
    const { status, err } = await run(
      "judge",
      "--series",
      write("series.jsonl", `${good.repeat(40)}${bad}\n`),
    );

    assert.equal(status, 2);
    assert.match(err, message);
  }
  assert.equal((await run("judge", "--series", write("none.jsonl", "\n"))).status, 2);
});

test("a series that stays open is judged up to the look after which a person is asked", async () => {
  const policy = write("patient.json", '{"maximumLooks": 30, "minimumRequests": 1000000}');
  const look =
    '{"champion":{"requests":50,"counts":{"errors":1}},"challenger":{"requests":50,"counts":{"errors":1}}}\n';
  const series = write("open.jsonl", look.repeat(200));
  const { status, out } = await run("judge", "--series", series, "--policy", policy, "--format", "json");

  assert.equal(status, 4);
  assert.deepEqual([JSON.parse(out).reason, JSON.parse(out).looks], ["Undecided", 30]);
});

test("a policy with a key or value that is none is refused, all at once", async () => {
  const data = write("policyData.csv", csvOf(100, 3));
  const policy = write("policy.json", '{"falseAlarmrate": 0.1, "minimumEffect": {"location": -1}}');
  const { status, err } = await run("drift", "--reference", data, "--current", data, "--policy", policy);

  assert.equal(status, 2);
  assert.match(err, /policy\.json, minimumEffect\.location: /);
  assert.match(err, /policy\.json: .*falseAlarmrate/);
});

test("a policy that changes one effect leaves the others as they are", async () => {
  const reference = write("effects.csv", csvOf(2000, 31));
  const shifted = write("effectsShifted.csv", csvOf(2000, 32, 0.4));
  const policy = write("effect.json", '{"minimumEffect": {"missing": 0.5}}');

  assert.equal(
    (await run("drift", "--reference", reference, "--current", shifted, "--policy", policy)).status,
    3,
  );
});

test("a stored profile without its contents is refused by file and feature", async () => {
  const head = '"format":"sluice.reference-profile","version":2,"rows":5';
  const hollow = write("hollow.json", `{${head},"features":{"x":{"kind":"numeric"},"y":null}}`);
  const current = write("hollowData.csv", csvOf(50, 3));
  const { status, err } = await run("drift", "--reference", hollow, "--current", current);

  assert.equal(status, 2);
  assert.match(err, /hollow\.json: profile\.features\["x"\]\.sketch/);
  assert.match(err, /hollow\.json: profile\.features\["y"\]\.kind/);
});

test("predictions that are too few, or not all numbers, are named by file and line", async () => {
  const labels = write("fewLabels.csv", `y\n${"0\n1\n".repeat(50)}`);
  const scores = write("scores.csv", `s\n${"0.2\n0.7\n".repeat(50)}`);
  const compared = (challenger: string) =>
    run("compare", "--labels", labels, "--champion", scores, "--challenger", challenger);
  const short = await compared(write("shortScores.csv", "s\n0.5\n"));
  const mixed = await compared(write("mixedScores.csv", `s\n0.1\nhigh\n${"0.2\n0.7\n".repeat(49)}`));

  assert.deepEqual([short.status, mixed.status], [2, 2]);
  assert.match(
    short.err,
    /shortScores\.csv: expected 100 rows, one for each label of .*fewLabels\.csv, got 1/,
  );
  assert.match(mixed.err, /mixedScores\.csv:3: expected a number, got "high"/);
});

test("Evidently's rules refuse a side without rows; every command draws its page", async () => {
  const data = write("plots.csv", csvOf(300, 5));
  const page = join(folder, "plots.html");
  const hasPlot = (): boolean => readFileSync(page, "utf8").includes("<rect");
  const evidently = ["drift", "--reference", data, "--policy", "evidently", "--html", page];

  assert.equal((await run(...evidently, "--current", write("bare.csv", "x,kind\n"))).status, 2);
  assert.equal((await run(...evidently, "--current", data)).status, 0);
  assert.ok(hasPlot());
  writeFileSync(page, "");
  await run("profile", "--data", data, "--out", join(folder, "plots.json"), "--html", page);
  assert.ok(hasPlot());
});
