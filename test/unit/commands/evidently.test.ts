import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { evidentlyOfFiles } from "../../../cli/commands/support/evidently.ts";
import { SeededRandom } from "../../../core/statistics/index.ts";
import { csvOf, run, write } from "../../support/commands.ts";

interface Case {
  readonly reference: string;
  readonly current: string;
  /** What `snapshot.json()` gives, and `dumps()` without plots, times and random ids. */
  readonly json: Json;
  readonly snapshot: Json;
}
type Json = { readonly [key: string]: unknown };

const vectors = new URL("../../vectors/evidently.json.gz", import.meta.url);
const cases = JSON.parse(gunzipSync(readFileSync(vectors)).toString()) as Case[];

/** The same, numbers within 1e-9. Keys that Evidently fills in itself when it loads a widget may lack. */
function assertSame(ours: unknown, theirs: unknown, path: string): void {
  if (typeof theirs === "number") {
    assert.ok(
      typeof ours === "number" && Math.abs(ours - theirs) <= 1e-9,
      `${path}: expected ${theirs}, got ${ours}`,
    );
    return;
  }
  if (typeof theirs !== "object" || theirs === null) {
    assert.equal(ours, theirs, path);
    return;
  }
  assert.ok(typeof ours === "object" && ours !== null, `${path}: expected an object, got ${ours}`);
  const isWidget = "source_fingerprint" in theirs;
  const keys = Object.keys(theirs).filter((key) => !isWidget || key in ours);
  assert.deepEqual(Object.keys(ours).sort(), keys.sort(), path);
  for (const key of keys) assertSame((ours as Json)[key], (theirs as Json)[key], `${path}.${key}`);
}

/** Our snapshot as the vectors keep theirs. */
function comparable({ metrics, tests, verdict, skipped, ...snapshot }: Json): Json {
  const withoutId = (widgets: unknown): Json[] => (widgets as Json[]).map((w) => ({ ...w, id: "" }));
  const results = Object.entries(snapshot.metric_results as { [id: string]: Json });
  return {
    ...snapshot,
    timestamp: "",
    metric_results: Object.fromEntries(
      results.map(([id, result]) => [id, { ...result, widget: withoutId(result.widget) }]),
    ),
    widgets: withoutId(snapshot.widgets).slice(0, 2),
    tests_widgets: withoutId(snapshot.tests_widgets),
  };
}

cases.forEach(({ reference, current, json, snapshot }, k) => {
  test(`file ${k}: the result is a snapshot as Evidently's dumps() and json() write it, with its ids, values and tests`, async () => {
    const files = ["--reference", write("r.csv", reference), "--current", write("c.csv", current)];
    const { status, out } = await run("drift", "--policy", "evidently", "--format", "json", ...files);
    const ours = JSON.parse(out) as Json;
    const [{ value }] = json.metrics as [{ value: { share: number } }];

    assert.equal(status, value.share >= 0.5 ? 3 : 0);
    assertSame({ metrics: ours.metrics, tests: ours.tests }, json, "json");
    assertSame(comparable(ours), snapshot, "snapshot");
    assert.match(ours.timestamp as string, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/);
  });
});

/** Verdicts of plenty of room and of next to none, where all values lie on the disk: the same but for the order of sums. */
async function assertRoomMakesNoDifference(reference: string, current: string): Promise<void> {
  const [plenty, none] = [
    await evidentlyOfFiles(reference, current),
    await evidentlyOfFiles(reference, current, 1),
  ];
  const scores = ({ columns }: typeof plenty) => columns.map((c) => c.score);
  scores(plenty).forEach((score, i) => {
    const other = scores(none)[i] ?? 9;
    assert.ok(Object.is(score, other) || Math.abs(score - other) < 1e-12, `${score}, ${other}`);
  });
  const withoutScores = (verdict: typeof plenty) => ({
    ...verdict,
    columns: verdict.columns.map((c) => ({ ...c, score: 0 })),
  });
  assert.deepEqual(withoutScores(none), withoutScores(plenty));
}

test("with room for hardly a value the verdict is the same", async () => {
  for (const [k, { reference, current }] of cases.entries())
    await assertRoomMakesNoDifference(write(`large${k}.csv`, reference), write(`other${k}.csv`, current));
});

test("so it is for many names, numbers against names, truth values and infinities, of large and of small references", async () => {
  const random = new SeededRandom(77);
  const cells: Record<string, (side: number, i: number) => unknown> = {
    many: (_, i) => (i % 3 === 0 ? `n${random.integer(900)}` : "often"),
    ids: (side, i) => `${side}-${i}`,
    numbersOrNames: (side, i) => (side === 0 ? random.integer(900) : i % 2 === 0 ? random.integer(900) : "z"),
    fewNow: (side) => random.integer(side === 0 ? 2000 : 4),
    infinite: (_, i) => (i % 40 === 0 ? "inf" : random.normal().toFixed(5)),
    fewInfinite: (_, i) => (i % 40 === 0 ? "-inf" : random.integer(3)),
    truths: () => (random.next() < 0.4 ? "True" : "False"),
  };
  const side = (k: number, rows: number): string =>
    [
      Object.keys(cells).join(","),
      ...Array.from({ length: rows }, (_, i) =>
        Object.values(cells)
          .map((cell) => cell(k, i))
          .join(","),
      ),
    ].join("\n");
  for (const [n, m] of [
    [3000, 2500],
    [500, 4000],
  ] as const)
    await assertRoomMakesNoDifference(write(`r${n}.csv`, side(0, n)), write(`c${n}.csv`, side(1, m)));
});

test("columns that the reference lacks, or has as text, are refused all at once; one that only it has is named", async () => {
  const evidently = ["drift", "--policy", "evidently", "--reference"];
  const data = write("plain.csv", csvOf(100, 5));
  const wider = write("wider.csv", csvOf(100, 6).replaceAll("\n", ",1.5\n").replace("kind,1.5", "kind,z"));
  const lacks = await run(...evidently, data, "--current", wider);
  assert.equal(lacks.status, 2);
  assert.match(lacks.err, /reference\.columns: expected "z"/);

  const more = await run(...evidently, wider, "--current", data);
  assert.equal(more.status, 0);
  assert.match(more.out, /not judged: z \(not in the current data\)/);

  const text = csvOf(100, 5).replace(/^-?\d+\.\d+/gm, "w");
  const asText = await run(...evidently, write("text.csv", text), "--current", data);
  assert.equal(asText.status, 2);
  assert.match(asText.err, /reference\.columns\["x"\]: expected numbers, as in current, got text/);
});

test("few whole numbers in a Parquet column of floats are numbers, in one of integers categories, as pandas has them", async () => {
  const file = new URL("../../vectors/parquet/wholeFloats.parquet", import.meta.url).pathname;
  const { columns } = await evidentlyOfFiles(file, file);
  const types = Object.fromEntries(columns.map((c) => [c.column, c.type]));

  assert.deepEqual(types, { integers: "cat", doubles: "num", floats: "num" });
});
