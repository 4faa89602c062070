import assert from "node:assert/strict";
import { test } from "node:test";
import { compilePattern } from "../../../sandbox/services/events/pattern.ts";
import { parseSchedule } from "../../../sandbox/services/events/schedule.ts";
import { checkInputSettings, transform } from "../../../sandbox/services/events/transform.ts";

const event = {
  source: "aws.sagemaker",
  "detail-type": "SageMaker Training Job State Change",
  resources: ["arn:a", "arn:b"],
  detail: {
    name: "Model-1",
    state: { value: "ALARM" },
    count: 12,
    ip: "10.0.1.7",
    none: null,
    list: [{ k: 1 }, { k: 2 }],
    text: "a*b",
  },
};

const cases: readonly (readonly [claim: string, pattern: object, matches: boolean])[] = [
  ["exact", { source: ["aws.sagemaker", "x"] }, true],
  ["exact, other value", { source: ["aws.s3"] }, false],
  ["nested", { detail: { state: { value: ["ALARM"] } } }, true],
  ["one of a list in the event", { resources: ["arn:b"] }, true],
  ["null", { detail: { none: [null] } }, true],
  ["number", { detail: { count: [12] } }, true],
  ["number is no string", { detail: { count: ["12"] } }, false],
  ["prefix", { detail: { name: [{ prefix: "Model-" }] } }, true],
  ["prefix is case-sensitive", { detail: { name: [{ prefix: "model-" }] } }, false],
  ["prefix, ignoring case", { detail: { name: [{ prefix: { "equals-ignore-case": "model-" } }] } }, true],
  ["suffix", { detail: { name: [{ suffix: "-1" }] } }, true],
  ["equals ignoring case", { detail: { name: [{ "equals-ignore-case": "MODEL-1" }] } }, true],
  ["wildcard", { detail: { name: [{ wildcard: "M*-*" }] } }, true],
  ["escaped wildcard", { detail: { text: [{ wildcard: "a\\*b" }] } }, true],
  ["anything but", { detail: { name: [{ "anything-but": ["Model-2"] }] } }, true],
  ["anything but, excluded", { detail: { name: [{ "anything-but": "Model-1" }] } }, false],
  ["anything but a prefix", { detail: { name: [{ "anything-but": { prefix: "Model" } }] } }, false],
  [
    "anything but a list of prefixes",
    { detail: { name: [{ "anything-but": { prefix: ["A", "B"] } }] } },
    true,
  ],
  ["anything but an absent field", { detail: { absent: [{ "anything-but": ["x"] }] } }, false],
  ["numeric range", { detail: { count: [{ numeric: [">", 10, "<=", 12] }] } }, true],
  ["numeric outside", { detail: { count: [{ numeric: ["<", 12] }] } }, false],
  ["exists", { detail: { name: [{ exists: true }] } }, true],
  ["does not exist", { detail: { absent: [{ exists: false }] } }, true],
  ["does not exist, below an absent object", { detail: { absent: { deep: [{ exists: false }] } } }, true],
  ["address range", { detail: { ip: [{ cidr: "10.0.0.0/16" }] } }, true],
  ["address outside", { detail: { ip: [{ cidr: "10.1.0.0/16" }] } }, false],
  ["or", { $or: [{ source: ["x"] }, { detail: { count: [12] } }] }, true],
  ["or, neither", { $or: [{ source: ["x"] }, { source: ["y"] }] }, false],
  ["object in a list", { detail: { list: { k: [2] } } }, true],
];

for (const [claim, pattern, matches] of cases)
  test(`event pattern: ${claim} ${matches ? "matches" : "does not match"}`, () => {
    assert.equal(compilePattern(JSON.stringify(pattern))(event as never), matches);
  });

test("a pattern that is none is refused with every problem in it", () => {
  assert.throws(
    () => compilePattern('{"a": "x", "b": [], "c": [{"like": 1}], "d": [{"numeric": ["~", 1]}]}'),
    (error: Error) => {
      for (const part of [
        "a: expected a list",
        "b: empty lists",
        "unrecognized match type like",
        "d[0].numeric",
      ])
        assert.ok(error.message.includes(part), part);
      return true;
    },
  );
});

const monday = Date.parse("2008-09-01T00:00:00Z");
const schedules: readonly (readonly [expression: string, next: string | undefined])[] = [
  ["rate(5 minutes)", "2008-09-01T00:05:00.000Z"],
  ["rate(1 day)", "2008-09-02T00:00:00.000Z"],
  ["cron(0 8 ? * MON-FRI *)", "2008-09-01T08:00:00.000Z"],
  ["cron(0/15 * * * ? *)", "2008-09-01T00:15:00.000Z"],
  ["cron(30 10 L * ? *)", "2008-09-30T10:30:00.000Z"],
  ["cron(0 0 ? 1 2#1 2009)", "2009-01-05T00:00:00.000Z"],
  ["cron(0 0 1 1 ? 2007)", undefined],
  ["at(2008-12-24T18:00:00)", "2008-12-24T18:00:00.000Z"],
];

for (const [expression, next] of schedules)
  test(`${expression} is due next at ${next ?? "no time"}`, () => {
    const found = parseSchedule(expression, monday, { at: true }).next(monday);
    assert.equal(found === undefined ? undefined : new Date(found).toISOString(), next);
  });

test("a cron schedule follows its time zone through daylight saving", () => {
  const schedule = parseSchedule("cron(0 8 * * ? *)", monday, { timeZone: "Europe/Berlin" });

  assert.equal(schedule.next(Date.parse("2008-10-25T00:00:00Z")), Date.parse("2008-10-25T06:00:00Z"));
  assert.equal(schedule.next(Date.parse("2008-10-26T00:00:00Z")), Date.parse("2008-10-26T07:00:00Z"));
});

for (const wrong of [
  "rate(1 minutes)",
  "rate(0 hours)",
  "cron(0 8 * * MON *)",
  "cron(61 * * * ? *)",
  "every day",
])
  test(`${wrong} is refused`, () => {
    assert.throws(() => parseSchedule(wrong, monday), /schedule expression/);
  });

test("an input transformer fills strings as text and bare places as JSON", () => {
  const settings = {
    InputTransformer: {
      InputPathsMap: { name: "$.detail.name", state: "$.detail.state", first: "$.resources[0]" },
      InputTemplate:
        '{"name": <name>, "state": <state>, "text": "got <name> in <first>", "rule": <aws.events.rule-name>}',
    },
  };

  const result = JSON.parse(transform(settings, event, { arn: "arn:rule", name: "r" }));

  assert.deepEqual(result, {
    name: "Model-1",
    state: { value: "ALARM" },
    text: "got Model-1 in arn:a",
    rule: "r",
  });
});

test("a template that refers to an undefined variable is refused", () => {
  assert.throws(() => checkInputSettings({ InputTransformer: { InputTemplate: '"<nobody>"' } }), /nobody/);
});
