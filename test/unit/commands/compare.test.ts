import assert from "node:assert/strict";
import { test } from "node:test";
import { SeededRandom } from "../../../core/statistics/index.ts";
import { run, write } from "../../support/commands.ts";

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
  assert.match(
    wrong.err,
    /badRows\.csv: expected one column for rocAuc, or its name by --column .*, got cat, dog, fox/,
  );
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
  assert.match(mixed.err, /mixedScores\.csv:3, column "\w+": expected a number, got "high"/);
});

test("a prediction or class that is missing is named with file, line and column", async () => {
  const labels = write("threeLabels.csv", "y\n1\n0\n1\n");
  const gap = write("gap.csv", 'p\n0.5\n""\n0.1\n');
  const against = ["--labels", labels, "--champion", labels, "--challenger", gap];
  const number = await run("compare", ...against);
  const name = await run("compare", ...against, "--metric", "f1_macro");

  assert.deepEqual([number.status, name.status], [2, 2]);
  assert.match(number.err, /gap\.csv:3, column "p": expected a number, got null/);
  assert.match(name.err, /gap\.csv:3, column "p": expected a class, got none/);
});
