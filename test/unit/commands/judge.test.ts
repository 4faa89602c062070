import assert from "node:assert/strict";
import { test } from "node:test";
import { run, write } from "../../support/commands.ts";

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
