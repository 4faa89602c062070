/** A suite pushed down through Athena's API: Glue table over CSV in S3, Trino's SQL run by the sandbox's Athena, which translates it for DuckDB. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { AthenaClient, GetQueryExecutionCommand, StartQueryExecutionCommand } from "@aws-sdk/client-athena";
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { readBatches } from "../../cli/readers/index.ts";
import { parseSuite, SuiteRunner } from "../../core/validation/index.ts";
import { ATHENA, runSuiteInSql } from "../../core/validation/sql/index.ts";
import { athenaColumns, athenaRunner } from "../../lambdas/shared/athena.ts";
import { startTestSandbox, type TestSandbox } from "../support/sandbox.ts";
import { written } from "../support/sqlEngines.ts";

const MODEL = path.join(import.meta.dirname, "../../models/bank-marketing");
const OUTPUT = "s3://lake/results/";
const ROWS = 3000;

let sandbox: TestSandbox;
let athena: AthenaClient;
let csv: string;
before(async () => {
  sandbox = await startTestSandbox({ ministack: true });
  athena = new AthenaClient(sandbox.client());
  const whole = gunzipSync(readFileSync(path.join(MODEL, "data/bank-marketing.csv.gz"))).toString();
  csv = whole
    .split("\n")
    .slice(0, ROWS + 1)
    .map((line, i) => `${i === 0 ? "row" : i - 1},${line}`)
    .join("\n");
  const s3 = new S3Client({ ...sandbox.client(), forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: "lake" }));
  await s3.send(new PutObjectCommand({ Bucket: "lake", Key: "calls/calls.csv", Body: csv }));
});
after(() => sandbox.stop());

async function define(sql: string): Promise<void> {
  const { QueryExecutionId } = await athena.send(
    new StartQueryExecutionCommand({
      QueryString: sql,
      WorkGroup: "primary",
      ResultConfiguration: { OutputLocation: OUTPUT },
    }),
  );
  for (;;) {
    const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId }));
    const { State, StateChangeReason } = QueryExecution?.Status ?? {};
    if (State === "SUCCEEDED") return;
    assert.notEqual(State, "FAILED", StateChangeReason);
    await wait(20);
  }
}

/** The sample's suite, and some expectations that its data do not meet, to have examples to compare. */
function suiteWithFailures() {
  const own = JSON.parse(readFileSync(path.join(MODEL, "expectations.json"), "utf8")) as {
    expectations: object[];
  };
  const failing = [
    {
      type: "expect_column_values_to_be_between",
      kwargs: { column: "balance", min_value: 0, max_value: 3000 },
    },
    {
      type: "expect_column_values_to_match_strftime_format",
      kwargs: { column: "contact_date", strftime_format: "%Y-%m-0%d" },
    },
    {
      type: "expect_column_quantile_values_to_be_between",
      kwargs: {
        column: "balance",
        quantile_ranges: {
          quantiles: [0.1, 0.5],
          value_ranges: [
            [0, 1],
            [0, 1],
          ],
        },
      },
    },
    {
      type: "expect_compound_columns_to_be_unique",
      kwargs: { column_list: ["age", "job", "balance"], row_condition: "marital == 'single'" },
    },
  ];
  return parseSuite({ ...own, expectations: [...own.expectations, ...failing] });
}

test("the sample's own suite gives the same result through Athena's API as over the file", async () => {
  const names = (csv.split("\n")[0] as string).split(",");
  await sandbox.kernel.callAsSandbox("glue", "CreateDatabase", { DatabaseInput: { Name: "lake" } });
  await define(
    `CREATE EXTERNAL TABLE lake.calls (${names.map((name) => `\`${name}\` string`).join(", ")}) ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde' LOCATION 's3://lake/calls/' TBLPROPERTIES ('skip.header.line.count'='1')`,
  );
  const found = await athenaColumns({ database: "lake", name: "calls" }, athena);
  assert.deepEqual(
    found.map(({ name }) => name),
    names,
  );

  const folder = mkdtempSync(path.join(tmpdir(), "sluice-athena-"));
  const file = path.join(folder, "calls.csv");
  writeFileSync(file, csv);
  const suite = suiteWithFailures();
  let streaming: SuiteRunner | undefined;
  const types = new Map<string, string>();
  for await (const batch of readBatches(file)) {
    const columns = Object.keys(batch.columns).filter((name) => name !== "row");
    streaming ??= new SuiteRunner(suite, { columns, resultFormat: "COMPLETE" });
    streaming.add(batch);
    for (const [name, values] of Object.entries(batch.columns))
      if (values.some((value) => typeof value === "number")) types.set(name, "double");
  }
  rmSync(folder, { recursive: true });
  const table = {
    name: ["lake", "calls"],
    columns: found
      .filter(({ name }) => name !== "row")
      .map(({ name }) => ({ name, type: types.get(name) ?? "varchar" })),
    rowNumber: "row",
    isText: true,
  };
  const runner = athenaRunner({
    workGroup: "primary",
    key: "test",
    outputLocation: OUTPUT,
    client: athena,
    sleep: () => wait(20),
  });
  const inSql = await runSuiteInSql(suite, table, { runner, dialect: ATHENA, resultFormat: "COMPLETE" });

  assert.ok(inSql.results.length > 10 && !inSql.success);
  assert.deepEqual(written(inSql), written(streaming?.finish()));
});

async function run(sql: string, more: object = {}): Promise<{ id: string; state: string; reason: string }> {
  const { QueryExecutionId: id = "" } = await athena.send(
    new StartQueryExecutionCommand({
      QueryString: sql,
      WorkGroup: "primary",
      ResultConfiguration: { OutputLocation: OUTPUT },
      ...more,
    }),
  );
  for (;;) {
    const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId: id }));
    const { State: state = "", StateChangeReason: reason = "" } = QueryExecution?.Status ?? {};
    if (state !== "QUEUED" && state !== "RUNNING") return { id, state, reason };
    await wait(20);
  }
}

const unload = (to: string): string =>
  `UNLOAD (SELECT age, job, CASE WHEN marital = 'single' THEN 1 ELSE 0 END AS part FROM lake.calls) TO 's3://lake/${to}/' WITH (format = 'JSON', compression = 'GZIP', partitioned_by = ARRAY['part'])`;

test("UNLOAD writes every row once, below a folder for each partition, and never into one that holds data", async () => {
  const s3 = new S3Client({ ...sandbox.client(), forcePathStyle: true });
  assert.equal((await run(unload("unloaded"))).state, "SUCCEEDED");

  const { Contents = [] } = await s3.send(
    new ListObjectsV2Command({ Bucket: "lake", Prefix: "unloaded/part=" }),
  );
  let rows = 0;
  for (const { Key } of Contents) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: "lake", Key }));
    const text = gunzipSync(await (Body as NonNullable<typeof Body>).transformToByteArray()).toString();
    for (const line of text.trim().split("\n")) {
      assert.deepEqual(Object.keys(JSON.parse(line) as object), ["age", "job"]);
      rows++;
    }
  }
  assert.equal(rows, ROWS);
  const again = await run(unload("unloaded"));
  assert.equal(again.state, "FAILED");
  assert.match(again.reason, /HIVE_PATH_ALREADY_EXISTS/);
});

test("a token names one query for good, and DuckDB's own functions are not Athena's", async () => {
  const ClientRequestToken = "a".repeat(32);
  const first = await run("SELECT count(*) FROM lake.calls", { ClientRequestToken });
  assert.equal((await run("SELECT count(*) FROM lake.calls", { ClientRequestToken })).id, first.id);
  await assert.rejects(run("SELECT 1", { ClientRequestToken }), /Idempotent parameters/);

  const foreign = await run("SELECT count(*) FROM lake.calls WHERE regexp_matches(job, 'a')");
  assert.match(foreign.reason, /FUNCTION_NOT_FOUND.*regexp_matches/);
  const known = await run("SELECT count(*) FROM lake.calls WHERE regexp_like(job, 'regexp_matches(')");
  assert.equal(known.state, "FAILED", "the pattern is none");
  assert.doesNotMatch(known.reason, /FUNCTION_NOT_FOUND/);
});

test("a statement needs its caller's permissions on the workgroup, the table and the place it unloads to", async () => {
  const arn = "arn:aws:glue:eu-west-1:000000000000:";
  const statement = (Action: string[], Resource: string[]) => ({ Effect: "Allow", Action, Resource });
  const all = [
    statement(["athena:StartQueryExecution"], ["arn:aws:athena:eu-west-1:000000000000:workgroup/primary"]),
    statement(["glue:GetDatabase"], [`${arn}catalog`, `${arn}database/lake`]),
    statement(["glue:GetTable"], [`${arn}catalog`, `${arn}database/lake`, `${arn}table/lake/calls`]),
    statement(["s3:PutObject"], ["arn:aws:s3:::lake/allowed/*"]),
  ];
  const ask = async (name: string, statements: readonly object[], sql: string) =>
    new AthenaClient(sandbox.client(await sandbox.role(name, ["lambda.amazonaws.com"], statements))).send(
      new StartQueryExecutionCommand({
        QueryString: sql,
        WorkGroup: "primary",
        ResultConfiguration: { OutputLocation: OUTPUT },
      }),
    );

  await ask("all", all, unload("allowed/x"));
  for (const [i, missing] of [
    "athena:StartQueryExecution",
    "glue:GetDatabase",
    "glue:GetTable",
    "s3:PutObject",
  ].entries())
    await assert.rejects(
      ask(`lacks-${i}`, all.toSpliced(i, 1), unload("allowed/y")),
      new RegExp(`not authorized to perform: ${missing}`),
    );
  await assert.rejects(ask("elsewhere", all, unload("other")), /s3:PutObject/);
  await assert.rejects(ask("drops", all, "DROP TABLE IF EXISTS lake.calls"), /glue:DeleteTable/);
});
