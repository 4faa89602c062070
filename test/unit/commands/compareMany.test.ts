/** `sluice compare` past the rows that it holds: what `compareModels` says of all rows at once. */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { compareModels, type ModelComparison, parseMetricName } from "../../../core/evaluation/index.ts";
import { SeededRandom } from "../../../core/statistics/index.ts";
import { folder, run, write } from "../../support/commands.ts";

const ROWS = 66_000;
const random = new SeededRandom(14);
const lines = (head: string, rows: readonly unknown[]): string => `${head}\n${rows.join("\n")}\n`;
const rounded = (x: number): number => Number(x.toFixed(3));
const temporary = join(folder, "temporary");
mkdirSync(temporary);

/** Compares by the command, with its temporary files in a folder that must be empty after. */
async function compared(...args: string[]): Promise<ModelComparison> {
  const before = process.env.TMPDIR;
  process.env.TMPDIR = temporary;
  try {
    const { status, out, err } = await run("compare", "--format", "json", ...args);
    assert.notEqual(status, 2, err);
    assert.deepEqual(readdirSync(temporary), []);
    return JSON.parse(out) as ModelComparison;
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}

function assertAlike(many: ModelComparison, held: ModelComparison, metric: string): void {
  for (const key of ["champion", "challenger", "difference"] as const)
    assert.ok(Math.abs((many[key] ?? 9) - (held[key] ?? 9)) < 1e-11, `${metric}, ${key}`);
  assert.deepEqual([many.verdict, many.reason, many.rows], [held.verdict, held.reason, held.rows]);
  const width = (c: ModelComparison): number => (c.interval?.high ?? 0) - (c.interval?.low ?? 0);
  assert.ok(Math.abs(width(many) / width(held) - 1) < 0.3, `${metric}: ${width(many)}, ${width(held)}`);
}

test("scores, some rows without a label: the metrics are those of all rows, the interval is as wide", async () => {
  const labels = Array.from({ length: ROWS }, (_, i) => (i % 50 === 0 ? null : random.integer(2)));
  const scores = (skill: number): number[] =>
    labels.map((y) => rounded(1 / (1 + Math.exp(-(skill * (y ?? 0) + random.normal())))));
  const [good, better] = [scores(1), scores(1.2)];
  const file = write(
    "scores.csv",
    lines(
      "y,a,b",
      labels.map((y, i) => `${y ?? ""},${good[i]},${better[i]}`),
    ),
  );
  const challenger = write("challenger.csv", lines("a", better));
  for (const name of ["auc", "pr_auc", "f1", "log_loss", "calibration_error", "r2"]) {
    const files = ["--labels", file, "--label-column", "y", "--champion", file, "--column", "a"];
    const metric = parseMetricName(name);
    const many = await compared(...files, "--challenger", challenger, "--metric", name);
    assertAlike(many, compareModels(labels, good, better, metric, 0.01, { repetitions: 200 }), name);
  }
});

test("several classes, probabilities in other orders of columns and decisions: the same", async () => {
  const names = ["ant", "bee", "cow"];
  const labels = Array.from({ length: ROWS }, () => names[random.integer(3)] as string);
  const table = (classes: readonly string[], skill: number): number[][] =>
    labels.map((label) => {
      const weights = classes.map((name) => Math.exp(random.normal() + (name === label ? skill : 0)));
      const sum = weights.reduce((a, b) => a + b);
      return weights.map((w) => rounded(w / sum));
    });
  const turned = names.toReversed();
  const models = [
    { classes: names, rows: table(names, 1) },
    { classes: turned, rows: table(turned, 1.2) },
  ] as const;
  const files = models.map(({ classes, rows }, m) =>
    write(`classes${m}.csv`, lines(classes.join(","), rows.map(String))),
  ) as [string, string];
  const truth = write("classLabels.csv", lines("label", labels));
  const predictions = models.map(({ classes, rows }) => ({
    classes,
    probabilities: classes.map((_, k) => rows.map((row) => row[k] as number)),
  })) as [never, never];
  for (const name of ["roc_auc_ovo", "roc_auc_ovr_weighted", "f1_macro", "brier"]) {
    const metric = parseMetricName(name);
    const args = ["--labels", truth, "--champion", files[0], "--challenger", files[1], "--metric", name];
    const held = compareModels(labels, ...predictions, metric, 0.01, { repetitions: 100 });
    assertAlike(await compared(...args), held, name);
  }

  const decided = models.map(({ classes, rows }) =>
    rows.map((row) => classes[row.indexOf(Math.max(...row))] as string),
  ) as [string[], string[]];
  const decisions = decided.map((rows, m) => write(`decided${m}.csv`, lines("v", rows))) as [string, string];
  const args = ["--labels", truth, "--champion", decisions[0], "--challenger", decisions[1]];
  const held = compareModels(labels, { predicted: decided[0] }, { predicted: decided[1] }, "accuracy", 0.01, {
    repetitions: 100,
  });
  assertAlike(await compared(...args, "--metric", "accuracy"), held, "accuracy");
});

test("what is wrong past the rows that are held is named by file, line and column", async () => {
  const many = "0\n1\n".repeat(ROWS / 2);
  const labels = write("manyLabels.csv", `y\n${many}`);
  const compare = (challenger: string) =>
    run("compare", "--labels", labels, "--champion", labels, "--challenger", challenger);
  const score = await compare(write("manyScores.csv", `s\n${many.slice(0, -2)}1.5\n`));
  const short = await compare(write("oneLess.csv", `s\n${many.slice(0, -2)}`));

  assert.deepEqual([score.status, short.status], [2, 2]);
  assert.match(score.err, /manyScores\.csv:66001, column "s": expected a probability from 0 to 1, got 1\.5/);
  assert.match(short.err, /oneLess\.csv: expected 66000 rows, one for each label of .*, got 65999/);
});
