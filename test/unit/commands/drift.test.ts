import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { SeededRandom } from "../../../core/statistics/index.ts";
import { captureOf, csvOf, folder, run, write } from "../../support/commands.ts";

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

test("quotes in captured CSV are quotes", async () => {
  const out = join(folder, "quoted.json");
  const input = { observedContentType: "text/csv", data: '1,"a,b"\n2,"say ""c"""', encoding: "CSV" };
  const result = await run("profile", "--data", write("quoted.jsonl", captureOf(input)), "--out", out);
  const { features } = JSON.parse(readFileSync(out, "utf8"));

  assert.equal(result.status, 0);
  assert.deepEqual(features.feature1.categories.names, ["a,b", 'say "c"']);
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

test("a policy that is not there is named", async () => {
  const data = write("policyRows.csv", csvOf(100, 3));
  const lost = join(folder, "lost.json");
  const { status, err } = await run("drift", "--reference", data, "--current", data, "--policy", lost);

  assert.equal(status, 2);
  assert.match(err, /lost\.json: expected a file, got none of that name/);
});
