/** The deployed coordinator over the same captures and labels both ways: in one Lambda's memory, and over Athena turn by turn. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { zipSync } from "fflate";
import { type ModelSpec, parseModelSpec } from "../../contracts/modelSpec.ts";
import { COORDINATOR, RetrainWorld, type Served } from "../support/retrainWorld.ts";
import { MODEL_YAML } from "../support/sample.ts";

const IN_MEMORY = 200_000_000;
/** So many ranges that they take several UNLOADs, and captures and labels several turns. */
const OVER_ATHENA = 2_000;

let world: RetrainWorld;
before(async () => {
  world = await RetrainWorld.start();
});
after(() => world?.stop());

function specOf(name: string, rows: number): ModelSpec {
  const parsed = parseModelSpec({
    ...MODEL_YAML,
    name,
    features: [
      { name: "age", type: "numeric" },
      { name: "Job", type: "categorical" },
      { name: "note", type: "categorical" },
    ],
    retraining: { ...MODEL_YAML.retraining, rows },
  });
  assert.ok("spec" in parsed, JSON.stringify(parsed));
  return parsed.spec;
}

function buildOf(spec: ModelSpec): Uint8Array {
  const text = (value: unknown): Uint8Array =>
    new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
  const between = { column: "age", min_value: 0, max_value: 99 };
  return zipSync({
    "spec.json": text(spec),
    "dvc.json": text(null),
    "expectations.json": text({
      name: "s",
      expectations: [{ type: "expect_column_values_to_be_between", kwargs: between }],
    }),
    "golden.jsonl": text('{"body":"30,admin.,x"}\n'),
    "sourcedir.tar.gz": text("not really a tar, but the same bytes each time"),
  });
}

/** What delimited text could not hold as it is, and what CSV quotes. */
const NOTES = [
  'say "hi"',
  "a,b",
  "",
  "ü€😀",
  "\\N",
  " spaced ",
  "\u0001",
  "tab\there",
  "back\\slash",
  "\ue000",
];
const START = Date.parse("2026-01-05T00:00:00Z");
const HOUR = 3_600_000;
const timeOf = (n: number): number => START + (n % 6) * HOUR + Math.floor(((n * 7919) % 1009) / 3) * 10_000;
const cell = (text: string): string => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const jobOf = (n: number): string => (n % 3 === 0 ? "admin." : `job ${n % 5}`);
const rowOf = (n: number): string =>
  `${18 + (n % 70)},${jobOf(n)},${cell(NOTES[n % NOTES.length] as string)}`;
const hourOf = (at: number): string =>
  `${new Date(at).toISOString().slice(0, 10).replaceAll("-", "/")}/${new Date(at).toISOString().slice(11, 13)}`;
const labelOf = (n: number): string => ((n * 31) % 7 < 3 ? "yes" : "no");
const idOf = (n: number): string => (n % 50 === 0 ? `odd "${n}" \u0001\\N 😀` : `i${n}`);

function captured(n: number, rows: readonly string[], at = timeOf(n), encoding = "CSV"): string {
  const data = `${rows.join("\n")}\n`;
  return JSON.stringify({
    captureData: {
      endpointInput: { data: encoding === "BASE64" ? Buffer.from(data).toString("base64") : data, encoding },
      endpointOutput: { data: rows.map(() => "0.5").join("\n"), encoding: "CSV" },
    },
    eventMetadata: { eventId: `e${n}`, inferenceId: idOf(n), inferenceTime: new Date(at).toISOString() },
    eventVersion: "0",
  });
}

/**
 * 700 requests, each ninth of three rows, some captured twice or unreadable; labels for most, some late, twice, corrected, of nobody, or by
 * the rows of a request; a history that has some of them already.
 */
function servedOf(spec: ModelSpec): Served {
  const captures = new Map<string, string[]>();
  const labels = new Map<string, { id: string; value: string }[]>();
  const add = <T>(map: Map<string, T[]>, key: string, value: T) =>
    map.set(key, [...(map.get(key) ?? []), value]);
  for (let n = 0; n < 700; n++) {
    const at = timeOf(n);
    const rows = n % 9 === 0 ? [rowOf(n), rowOf(n + 1), rowOf(n)] : [rowOf(n)];
    add(captures, `${hourOf(at)}/${n % 4}.jsonl`, captured(n, rows, at, n % 5 === 0 ? "BASE64" : "CSV"));
    const ids = rows.map((_, index) => (rows.length === 1 ? idOf(n) : `${idOf(n)}#${index}`));
    if (n % 6 !== 1)
      for (const id of ids) add(labels, `${hourOf(at)}/${n % 3}.json`, { id, value: labelOf(n) });
    if (n % 40 === 2) add(captures, `${hourOf(at)}/again.jsonl`, captured(n, [rowOf(n + 7)], at + 1000));
    if (n % 30 === 3)
      add(labels, `${hourOf(at)}/z.json`, { id: idOf(n), value: n % 60 === 3 ? "yes" : labelOf(n) });
    if (n % 100 === 4) add(labels, `${hourOf(at)}/z.json`, { id: `nobody${n}`, value: "no" });
    // The same row at the same time under another id.
    if (n % 70 === 5) {
      add(captures, `${hourOf(at)}/twin.jsonl`, captured(n, rows, at).replaceAll(`"i${n}"`, `"twin${n}"`));
      add(labels, `${hourOf(at)}/z.json`, { id: `twin${n}`, value: labelOf(n) });
    }
  }
  const hour = "2026/01/05/01";
  for (const line of ["{broken", "{}", captured(1, ["1,2"]), captured(1, ["{}"], START, "JSON"), ""])
    add(captures, `${hour}/broken.jsonl`, line);
  add(
    captures,
    `${hour}/broken.jsonl`,
    captured(1, [rowOf(1)]).replace(/"inferenceTime":"[^"]*"/, '"inferenceTime":"?"'),
  );
  const beside = new Map<string, string[]>();
  for (let n = 1000; n < 1040; n++) {
    // Before and after its time these are other challengers'.
    add(beside, `${hourOf(timeOf(n))}/b.jsonl`, captured(n, [rowOf(n)]));
    add(labels, `${hourOf(timeOf(n))}/b.json`, { id: idOf(n), value: labelOf(n) });
  }
  const known = Array.from({ length: 60 }, (_, i) => 8 + i * 6)
    .filter((n) => n % 9 !== 0 && n % 6 !== 1 && timeOf(n) < START + 3 * HOUR)
    .map((n) => `${new Date(timeOf(n)).toISOString()},${rowOf(n)},${labelOf(n)}`);
  const older = Array.from(
    { length: 300 },
    (_, n) => `2026-01-0${1 + (n % 4)}T00:00:00Z,${rowOf(n)},${labelOf(n)}`,
  );
  const history = [...older, ...known].sort((a, b) =>
    (a.split(",")[0] as string) < (b.split(",")[0] as string) ? -1 : 1,
  );
  const joined = (map: Map<string, string[]>) =>
    Object.fromEntries([...map].map(([name, lines]) => [name, `${lines.join("\n")}\n`]));
  return {
    spec,
    build: buildOf(spec),
    history: `day,age,Job,note,y\n${history.join("\n")}\n`,
    historyTo: history.at(-1)?.split(",")[0] as string,
    captures: joined(captures),
    beside: joined(beside),
    labels: Object.fromEntries(labels),
  };
}

const countOf = (report: Readonly<Record<string, unknown>>, what: string): number =>
  (report.accounts as { what: string; count: number }[]).find((one) => one.what === what)?.count ?? -1;

/** Dies at each of these once, after the call and before it could say so. */
const DEATHS: readonly (readonly [service: string, action: string, after: number])[] = [
  ["dynamodb", "PutItem", 1],
  ["states", "StartExecution", 1],
  ["s3", "PutObject", 5],
  ["athena", "StartQueryExecution", 2],
  ["s3", "PutObject", 30],
  ["s3", "CompleteMultipartUpload", 0],
  ["codepipeline", "StartPipelineExecution", 0],
];

describe("the coordinator in memory and over Athena", { timeout: 300_000 }, () => {
  const calls = (action: string): number =>
    world.stage.world.sandbox
      .calls({ action, outcome: "ok" })
      .filter(({ principal }) => /coordinate-retraining/.test(principal)).length;

  it("gives the same table byte for byte, the same counts and the same dataset", async () => {
    await world.serve(servedOf(specOf("retrain-both", 500)));
    const small = await world.retrain("retrain-both", "alarm@1", IN_MEMORY);
    const queries = calls("StartQueryExecution");
    const large = await world.retrain("retrain-both", "alarm@2", OVER_ATHENA);

    assert.equal(queries, 0);
    assert.ok(calls("StartQueryExecution") >= 8);
    assert.notEqual(large.requestId, small.requestId);
    assert.equal(small.run.status, "Succeeded", small.run.summary);
    assert.deepEqual(large.report, small.report);
    assert.equal(large.csv, small.csv);
    assert.equal(large.run.status, "Succeeded", large.run.summary);
    assert.equal(large.datasetId, small.datasetId);
    assert.match(small.datasetId, /^ds-/);
    for (const what of [
      "duplicate captures",
      "captures without label",
      "repeated labels",
      "conflicting labels",
      "labels without capture",
      "joined, in the history already",
      "joined, duplicate rows",
      "joined, with a late label",
      "new rows past the window",
      "history past the window",
      "captures skipped: unreadable-line",
      "captures skipped: unreadable-time",
      "captures skipped: not-csv",
      "captures skipped: other-width",
    ])
      assert.ok(countOf(small.report, what) > 0, what);
  });

  it("the same when the Lambda dies again and again, at whatever step, and when the event comes twice", async () => {
    await world.serve(servedOf(specOf("retrain-deaths", 500)));
    const small = await world.retrain("retrain-deaths", "alarm@1", IN_MEMORY);
    const begun = calls("CreateMultipartUpload");
    for (const [service, action, after] of DEATHS)
      world.stage.world.sandbox.faults.add({
        service,
        action,
        after,
        principalArn: "arn:aws:iam::000000000000:role/sluice-coordinate-retraining",
        kill: "caller",
      });

    const both = world.retrain("retrain-deaths", "alarm@2", OVER_ATHENA);
    await world.ask("retrain-deaths", "alarm@2");
    const large = await both;

    assert.deepEqual(world.stage.world.sandbox.faults.pending, [], "every death took place");
    assert.equal(large.csv, small.csv);
    assert.deepEqual(large.report, small.report);
    assert.equal(large.datasetId, small.datasetId);
    assert.ok(calls("CreateMultipartUpload") > begun);
    assert.equal((await world.stage.runs("retrain-deaths")).length, 3, "the first one, and one a way");
    await assertNoTables();
  });

  it("refuses in the same words, keeps what it counted, and joins again only when labels came", async () => {
    const model = "retrain-few";
    const served = servedOf(specOf(model, 500));
    // As many as have labels: only a join sees that the history has some of them.
    const minimumLabels = new Set(Object.values(served.labels).flatMap((some) => some.map(({ id }) => id)))
      .size;
    const retraining = { ...served.spec.retraining, minimumLabels };
    await world.serve({ ...served, spec: { ...served.spec, retraining } });
    await world.stage.setAbove(COORDINATOR, IN_MEMORY);
    const small = await world.askAndSettle(model, "alarm@1");
    await world.forget(model);
    await world.stage.setAbove(COORDINATOR, OVER_ATHENA);

    const large = await world.askAndSettle(model, "alarm@2");

    assert.match(small.reason, /^too-few-labels: [4-6]\d\d new labelled rows, at least \d+ are needed$/);
    assert.equal(large.reason, small.reason);
    const state = await world.state(model);
    assert.equal(state?.preparing, null);
    assert.ok((state?.lastJoin?.freshRows ?? 0) > 400);
    const queries = calls("StartQueryExecution");
    await world.askAndSettle(model, "alarm@3");
    assert.equal(calls("StartQueryExecution"), queries, "no new label, no new join");
  });

  it("one at a time: another request is refused while data are joined", async () => {
    const model = "retrain-one";
    await world.serve(servedOf(specOf(model, 500)));
    await world.stage.setAbove(COORDINATOR, OVER_ATHENA);
    const known = await world.stage.runs(model);
    const slow = { service: "athena", action: "StartQueryExecution", delayMs: 600_000 };
    world.stage.world.sandbox.faults.add(slow);
    await world.ask(model, "alarm@1");
    await world.untilJoining(model);

    const { reason } = await world.askAndSettle(model, "alarm@2");

    assert.match(
      reason,
      /^already-running: the data of retraining [0-9a-f]{16} \(drift\) have been joined since/,
    );
    assert.equal((await world.stage.ended(model, known)).status, "Succeeded");
  });

  it("a join that fails for good says why, releases the model and is not paid for again at once", async () => {
    const model = "retrain-fails";
    const served = servedOf(specOf(model, 500));
    await world.serve({ ...served, history: `${served.history}2026-01-05T06:00:00Z,1\n` });
    await world.stage.setAbove(COORDINATOR, OVER_ATHENA);

    const failed = await world.askAndSettle(model, "alarm@1");

    assert.match(
      failed.reason,
      /^join-failed: BadData: s3:.*table.csv: expected 5 cells in each record, got 2/,
    );
    assert.equal((await world.state(model))?.preparing, null);
    const again = await world.askAndSettle(model, "alarm@2");
    assert.match(again.reason, /^cooldown: /);
    await assertNoTables();
  });

  it("labels without any capture are refused as they are in memory", async () => {
    const model = "retrain-none";
    const served = servedOf(specOf(model, 500));
    await world.serve({ ...served, captures: {}, beside: {} });
    await world.stage.setAbove(COORDINATOR, IN_MEMORY);
    const small = await world.askAndSettle(model, "alarm@1");
    await world.forget(model);
    await world.stage.setAbove(COORDINATOR, OVER_ATHENA);

    const large = await world.askAndSettle(model, "alarm@2");

    assert.match(small.reason, /^too-few-labels: 0 new labelled rows/);
    assert.equal(large.reason, small.reason);
  });

  async function assertNoTables(): Promise<void> {
    await world.untilIdle();
    const { TableList } = await world.stage.world.sandbox.kernel.callAsSandbox("glue", "GetTables", {
      DatabaseName: "sluice_datasets",
    });
    assert.deepEqual(TableList, []);
  }
});
