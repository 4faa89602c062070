/** The deployed Data stage over the same data both ways: in one Lambda's memory, and over Athena turn by turn. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { passOver } from "../../cli/readers/index.ts";
import type { DatasetManifest } from "../../contracts/dataset.ts";
import { type ModelSpec, parseModelSpec } from "../../contracts/modelSpec.ts";
import { writeExactly } from "../../core/validation/exactJson.ts";
import { parseSuite, SuiteRunner } from "../../core/validation/index.ts";
import { DATA, type DataStage, type StageRun, startDataStage } from "../support/largeWorld.ts";
import { MODEL_YAML } from "../support/sample.ts";
import { written } from "../support/sqlEngines.ts";

const IN_MEMORY = 200_000_000;
/** Some fifteen ranges for 100 KB. */
const OVER_ATHENA = 24_000;
/** So many ranges that they take several UNLOADs, and the files and the profile several turns. */
const IN_MANY_TURNS = 2_500;

let stage: DataStage;
before(async () => {
  stage = await startDataStage();
});
after(() => stage?.stop());

const SUITE = {
  name: "large",
  expectations: [
    { type: "expect_column_values_to_not_be_null", kwargs: { column: "day" } },
    { type: "expect_column_values_to_be_between", kwargs: { column: "age", min_value: 0, max_value: 99 } },
    { type: "expect_column_values_to_be_unique", kwargs: { column: "row id" } },
    {
      type: "expect_column_mean_to_be_between",
      kwargs: { column: "income", min_value: 0, max_value: 1 },
      severity: "warning",
    },
    {
      type: "expect_column_median_to_be_between",
      kwargs: { column: "income", min_value: 0, max_value: 1e6 },
    },
    {
      type: "expect_column_values_to_be_in_set",
      kwargs: { column: "Job", value_set: ["admin."] },
      severity: "warning",
    },
    {
      type: "expect_column_value_lengths_to_be_between",
      kwargs: { column: "note", max_value: 3 },
      severity: "warning",
    },
    { type: "expect_table_row_count_to_be_between", kwargs: { min_value: 10 } },
    { type: "expect_column_to_exist", kwargs: { column: "Job", column_index: 4 } },
  ],
};

type Change = Partial<Pick<ModelSpec, "task">> & { label?: object; splits?: object };

function buildOf(name: string, change: Change = {}, suite: unknown = SUITE): Uint8Array {
  const parsed = parseModelSpec({
    ...MODEL_YAML,
    name,
    ...(change.task
      ? { task: change.task, evaluation: { metric: "mae", margin: 1, limits: { mae: 1e9 } } }
      : {}),
    label: change.label ?? MODEL_YAML.label,
    features: [
      { name: "age", type: "numeric", sensitive: true },
      { name: "income", type: "numeric" },
      { name: "Job", type: "categorical" },
      { name: "note", type: "categorical" },
    ],
    data: { splits: { train: 0.6, validation: 0.2, holdout: 0.2, ...change.splits } },
    ...(change.task
      ? {
          monitoring: {
            ...MODEL_YAML.monitoring,
            quality: { ...MODEL_YAML.monitoring.quality, metric: "mae" },
          },
        }
      : {}),
  });
  assert.ok("spec" in parsed, JSON.stringify(parsed));
  const text = (value: unknown): Uint8Array =>
    new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
  return zipSync({
    "spec.json": text(parsed.spec),
    "dvc.json": text(null),
    "expectations.json": text(suite),
    "golden.jsonl": text('{"body":"30,1,admin.,x"}\n'),
    "sourcedir.tar.gz": text("not really a tar, but the same bytes each time"),
  });
}

const NOTES = [
  'say "hi"',
  "a,b",
  "",
  "ü€",
  "😀 then \ue000",
  "\\N?",
  " spaced ",
  "back\\slash",
  "'quoted'",
  "0x10",
];

/** Rows in no order of time, many of one time; cells with all that CSV can quote but line ends. */
function rowsOf(from: number, to: number): string {
  const cell = (text: string): string => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = Array.from({ length: to - from }, (_, i) => {
    const n = from + i;
    const mixed = (n * 7919) % 1009;
    const time = `2026-01-${String(1 + (mixed % 9)).padStart(2, "0")}T${String(mixed % 5).padStart(2, "0")}:00:00Z`;
    const income = n % 11 === 0 ? "" : `${mixed / 8}e1`;
    const cells = [
      `r${n}`,
      time,
      String(18 + (mixed % 80)),
      income,
      n % 3 === 0 ? "admin." : `job ${mixed % 9}-${mixed % 4}`,
    ];
    return [...cells, NOTES[n % NOTES.length] as string, (n * 31) % 7 < 2 ? "yes" : "no", String(mixed / 3)]
      .map(cell)
      .join(",");
  });
  return `row id,day,age,income,Job,note,y,paid\r\n${lines.join("\r\n")}\r\n`;
}

/** The usual rows with cells that mean something to pandas only. */
function oddRows(): string {
  const [header, ...lines] = rowsOf(0, 400).trimEnd().split("\r\n");
  const odd = ["void", "truth", "whole", "holes", "id", "decimal"];
  const rows = lines.map((line, n) =>
    [
      line,
      n % 2 === 0 ? "NA" : "",
      n % 3 === 0 ? "True" : "false",
      ` ${n}`,
      n % 7 === 0 ? "null" : n,
      `90071992547${40993 + n}`,
      n % 5 === 0 ? "-inf" : `${n}.5`,
    ].join(","),
  );
  return `${[`${header},${odd.join(",")}`, ...rows].join("\r\n")}\r\n`;
}

const ODD_SUITE = {
  name: "odd",
  expectations: ["void", "truth", "whole", "holes", "id", "decimal"].flatMap((column) => [
    { type: "expect_column_values_to_be_of_type", kwargs: { column, type_: "int64" }, severity: "warning" },
    { type: "expect_column_values_to_be_unique", kwargs: { column }, severity: "warning" },
    { type: "expect_column_values_to_not_be_null", kwargs: { column }, severity: "warning" },
    { type: "expect_column_max_to_be_between", kwargs: { column, max_value: 300 }, severity: "warning" },
    { type: "expect_column_values_to_be_between", kwargs: { column, min_value: 1 }, severity: "warning" },
  ]),
};

async function onTheLaptop(csv: string): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-odd-"));
  const file = join(folder, "odd.csv");
  writeFileSync(file, csv);
  try {
    const result = await passOver(file, () => {
      const runner = new SuiteRunner(parseSuite(ODD_SUITE));
      return { add: (batch) => runner.add(batch), finish: () => runner.finish() };
    });
    return JSON.parse(JSON.stringify(result, writeExactly));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function upload(model: string, files: Readonly<Record<string, Uint8Array | string>>): Promise<void> {
  for (const [name, body] of Object.entries(files)) await stage.put(DATA, `raw/${model}/${name}`, body);
}

const USUAL = {
  "a.csv": `\ufeff${rowsOf(0, 700)}`,
  "b.csv.gz": gzipSync(rowsOf(700, 1100)),
  "c.csv": rowsOf(1100, 1500),
};

interface Frozen {
  readonly run: StageRun;
  readonly manifest: DatasetManifest;
  /** Files of the dataset by key, without the manifest. */
  readonly files: Map<string, Buffer>;
  readonly verdict: unknown;
}

async function frozen(model: string, build: Uint8Array, aboveBytes: number): Promise<Frozen> {
  const run = await stage.run(model, build, aboveBytes);
  assert.equal(run.status, "Succeeded", run.summary);
  const files = new Map([
    ...(await stage.objects(`datasets/${model}/`)),
    ...(await stage.objects(`judge/${model}/`)),
  ]);
  const key = [...files.keys()].find((name) => name.endsWith("/manifest.json")) as string;
  const manifest = JSON.parse(String(files.get(key))) as DatasetManifest;
  const verdicts = await stage.objects(manifest.validation.uri.replace(`s3://${DATA}/`, ""));
  await stage.remove(files.keys());
  files.delete(key);
  return { run, manifest, files, verdict: JSON.parse(String([...verdicts.values()][0])) };
}

/** What must be the same; when it was made and where its verdict lies may not be. */
const lasting = ({ createdAt, validation, ...rest }: DatasetManifest) => ({
  ...rest,
  validation: { ...validation, uri: "", consistency: { ...validation.consistency, uri: "" } },
});

async function bothWays(model: string, change: Change = {}): Promise<{ small: Frozen; large: Frozen }> {
  await upload(model, USUAL);
  const build = buildOf(model, change);
  const small = await frozen(model, build, IN_MEMORY);
  const large = await frozen(model, build, OVER_ATHENA);
  return { small, large };
}

function assertSame({ small, large }: { small: Frozen; large: Frozen }): void {
  assert.equal(large.manifest.datasetId, small.manifest.datasetId);
  assert.deepEqual([...large.files.keys()], [...small.files.keys()]);
  for (const [key, body] of small.files) assert.ok(body.equals(large.files.get(key) as Buffer), key);
  assert.deepEqual(lasting(large.manifest), lasting(small.manifest));
  assert.deepEqual(written(large.verdict), written(small.verdict));
  assert.equal(large.run.summary, small.run.summary);
}

/** Dies at each of these once, after the call and before it could say so; Lambda runs an event three times at most. */
const DEATHS: readonly (readonly [service: string, action: string, after: number])[] = [
  ["s3", "PutObject", 4],
  ["codepipeline", "PutJobSuccessResult", 1],
  ["athena", "StartQueryExecution", 2],
  ["codepipeline", "PutJobSuccessResult", 3],
  ["s3", "CompleteMultipartUpload", 2],
];

describe("the Data stage in memory and over Athena", { timeout: 300_000 }, () => {
  const calls = (action: string): number =>
    stage.world.sandbox
      .calls({ action, outcome: "ok" })
      .filter(({ principal }) => /prepare-dataset/.test(principal)).length;

  it("gives the same dataset, byte for byte, and the same verdict, in several turns", async () => {
    await upload("large-time", USUAL);
    const small = await frozen("large-time", buildOf("large-time"), IN_MEMORY);
    const [queries, answers] = [calls("StartQueryExecution"), calls("PutJobSuccessResult")];

    const large = await frozen("large-time", buildOf("large-time"), IN_MANY_TURNS);

    assertSame({ small, large });
    assert.ok(small.files.size >= 10);
    const ordered = (await stage.objects("work/large-time/")).keys();
    const unloads = new Set([...ordered].flatMap((key) => /ordered\/[^/]+-(\d+)\//.exec(key)?.[1] ?? []));
    assert.deepEqual([...unloads], ["0", "100"]);
    assert.ok(calls("StartQueryExecution") >= queries + 6);
    assert.ok(
      calls("PutJobSuccessResult") >= answers + 10,
      "intake, parts, profile and history take turns of their own",
    );
  });

  for (const by of ["group", "timeAndGroup"])
    it(`the same with rows split by ${by}`, async () => {
      const both = await bothWays(`large-${by.toLowerCase()}`, { splits: { by, column: "Job" } });

      assertSame(both);
      assert.ok((both.large.manifest.splitRule?.groups.train ?? 0) > 0);
    });

  it("the same for numbers as labels", async () => {
    assertSame(await bothWays("large-number", { task: "regression", label: { column: "paid" } }));
  });

  it("takes words for missing, truth values and long numbers as sluice validate does, both ways", async () => {
    const odd = oddRows();
    await upload("large-odd", { "a.csv": odd });
    const small = await frozen("large-odd", buildOf("large-odd", {}, ODD_SUITE), IN_MEMORY);
    const large = await frozen("large-odd", buildOf("large-odd", {}, ODD_SUITE), OVER_ATHENA);

    assertSame({ small, large });
    assert.deepEqual(written(small.verdict), written(await onTheLaptop(odd)));
  });

  it("the same when the Lambda dies again and again, at whatever step", async () => {
    await upload("large-deaths", USUAL);
    const small = await frozen("large-deaths", buildOf("large-deaths"), IN_MEMORY);
    for (const [service, action, after] of DEATHS)
      stage.world.sandbox.faults.add({
        service,
        action,
        after,
        principalArn: "arn:aws:iam::000000000000:role/sluice-prepare-dataset",
        kill: "caller",
      });

    const large = await frozen("large-deaths", buildOf("large-deaths"), OVER_ATHENA);

    assert.deepEqual(stage.world.sandbox.faults.pending, [], "every death took place");
    assertSame({ small, large });
  });

  it("writes nothing again when it is run again, and leaves no table behind", async () => {
    await upload("large-twice", USUAL);
    const build = buildOf("large-twice");
    const first = await stage.run("large-twice", build, OVER_ATHENA);
    const versions = await stage.versions();
    const second = await stage.run("large-twice", build, OVER_ATHENA);

    assert.equal(second.summary, first.summary);
    const kept = (list: string[]): string[] => list.filter((key) => /^(datasets|judge)\//.test(key));
    assert.deepEqual(kept(await stage.versions()), kept(versions));
    const { TableList } = await stage.world.sandbox.kernel.callAsSandbox("glue", "GetTables", {
      DatabaseName: "sluice_datasets",
    });
    assert.deepEqual(TableList, []);
  });
});

describe("what stops the Data stage, in memory and over Athena in the same words", {
  timeout: 300_000,
}, () => {
  const failing = (change: object) => ({ ...SUITE, expectations: [change] });
  const header = "row id,day,age,income,Job,note,y,paid\n";
  const row = "1,2026-01-01,30,1,a,b,yes,1\n";
  const cases: Readonly<
    Record<string, { files?: Record<string, string>; build?: (name: string) => Uint8Array }>
  > = {
    "a suite that does not hold": {
      build: (name) =>
        buildOf(
          name,
          {},
          failing({
            type: "expect_column_values_to_be_in_set",
            kwargs: { column: "Job", value_set: ["admin."] },
          }),
        ),
    },
    "a label that is no number": {
      files: {
        "a.csv": USUAL["a.csv"],
        "b.csv": `${header}x,2026-01-01,30,1,a,b,yes,lots\ny,2025-01-01,30,1,a,b,yes,none\n`,
      },
      build: (name) => buildOf(name, { task: "regression", label: { column: "paid" } }),
    },
    "columns that are missing": { files: { "a.csv": USUAL["a.csv"].replace("age", "years") } },
    "a ragged row": { files: { "a.csv": USUAL["a.csv"], "b.csv": `${header}${row}1,2\n` } },
    "another header": { files: { "a.csv": USUAL["a.csv"], "b.csv": `day\n1\n` } },
    "an empty file": { files: { "a.csv": USUAL["a.csv"], "b.csv": "" } },
    "rows of one time": {
      files: { "a.csv": header + Array.from({ length: 400 }, (_, i) => row.replace("1", `r${i}`)).join("") },
    },
    "a leak": {
      files: {
        "a.csv": USUAL["a.csv"].replaceAll(
          /,([^,\n]*),(yes|no),/g,
          (_, _note, label) => `,${label === "yes" ? "paid" : "open"},${label},`,
        ),
      },
    },
  };
  for (const [number, [name, { files = USUAL, build = buildOf }]] of Object.entries(cases).entries())
    it(name, async () => {
      const model = `bad-${number}`;
      await upload(model, files as Record<string, string>);

      const small = await stage.run(model, build(model), IN_MEMORY);
      const large = await stage.run(model, build(model), 1000);

      assert.equal(small.status, "Failed");
      assert.match(small.summary, /^(BadData|InsufficientData): /);
      assert.equal(large.summary, small.summary);
      assert.equal((await stage.objects(`datasets/${model}/`)).size, 0);
    });

  it("what only a table of text cannot hold is named by file, row and column", async () => {
    await upload("bad-line", { "a.csv": `${header}${row}${row.replace(",b,", ',"two\nlines",')}${row}` });

    const { summary } = await stage.run("bad-line", buildOf("bad-line"), 50);

    assert.match(
      summary,
      /^BadData: s3:\/\/.*a\.csv: data row 2, column "note": expected text without line breaks/,
    );
  });

  it("what Athena cannot run is refused before anything is read", async () => {
    await upload("bad-suite", USUAL);
    const schema = {
      type: "expect_column_values_to_match_json_schema",
      kwargs: { column: "note", json_schema: {} },
    };
    const before = (await stage.objects("work/bad-suite/")).size;

    const { summary } = await stage.run("bad-suite", buildOf("bad-suite", {}, failing(schema)), OVER_ATHENA);

    assert.match(summary, /^InvalidInput: expectations.json: .*json_schema.*athena/);
    assert.equal((await stage.objects("work/bad-suite/")).size, before);
  });
});
