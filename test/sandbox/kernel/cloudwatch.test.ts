import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from "@aws-sdk/client-cloudwatch";
import { type JudgeInput, judge } from "../../../sandbox/services/cloudwatch/judge.ts";
import { startTestSandbox, storyStart, type TestSandbox } from "../../support/sandbox.ts";

let sandbox: TestSandbox;
let client: CloudWatchClient;

before(async () => {
  sandbox = await startTestSandbox();
  client = new CloudWatchClient(sandbox.client());
});
after(() => sandbox.stop());

const put = (MetricName: string, ...values: number[]) =>
  client.send(
    new PutMetricDataCommand({ Namespace: "T", MetricData: values.map((Value) => ({ MetricName, Value })) }),
  );

const alarm = (AlarmName: string, changes: object = {}) =>
  client.send(
    new PutMetricAlarmCommand({
      AlarmName,
      Namespace: "T",
      MetricName: AlarmName,
      Statistic: "Average",
      Period: 60,
      EvaluationPeriods: 3,
      DatapointsToAlarm: 2,
      Threshold: 1,
      ComparisonOperator: "GreaterThanThreshold",
      ...changes,
    }),
  );

async function stateOf(name: string): Promise<string | undefined> {
  const { MetricAlarms, CompositeAlarms } = await client.send(
    new DescribeAlarmsCommand({ AlarmNames: [name] }),
  );
  return (MetricAlarms?.[0] ?? CompositeAlarms?.[0])?.StateValue;
}

// The table of CloudWatch's documentation, 3 out of 3: X breaching, 0 not, - missing.
const documented: readonly (readonly [
  points: string,
  toAlarm: number,
  missing: string,
  ignore: string,
  breaching: string,
  notBreaching: string,
])[] = [
  ["0-X-X", 3, "OK", "OK", "OK", "OK"],
  ["----0", 3, "OK", "OK", "OK", "OK"],
  ["-----", 3, "INSUFFICIENT_DATA", "kept", "ALARM", "OK"],
  ["0XX-X", 3, "ALARM", "ALARM", "ALARM", "ALARM"],
  ["--X--", 3, "ALARM", "kept", "ALARM", "OK"],
  ["0-X-X", 2, "ALARM", "ALARM", "ALARM", "ALARM"],
  ["00X0X", 2, "ALARM", "ALARM", "ALARM", "ALARM"],
  ["0-X--", 2, "OK", "OK", "ALARM", "OK"],
  ["----0", 2, "OK", "OK", "ALARM", "OK"],
];

for (const [points, toAlarm, ...expected] of documented)
  test(`${toAlarm} of 3 over ${points}: missing ${expected[0]}, ignore ${expected[1]}, breaching ${expected[2]}, notBreaching ${expected[3]}`, () => {
    const values = [...points].map((point) => (point === "-" ? undefined : point === "X" ? 1 : 0));
    const states = (["missing", "ignore", "breaching", "notBreaching"] as const).map((missing) => {
      const input: JudgeInput = {
        points: values,
        breaches: (value) => value > 0,
        periods: 3,
        toAlarm,
        missing,
        current: "kept" as never,
      };
      return judge(input);
    });
    assert.deepEqual(states, expected);
  });

test("two breaching minutes of three raise an alarm at the end of the second, and silence ends it as configured", async () => {
  const seen: [string, number][] = [];
  const off = sandbox.kernel.alarms.onTransition((state) => {
    if (state.alarmName === "m")
      seen.push([state.stateValue, (sandbox.clock.now() - storyStart.getTime()) / 60_000]);
  });
  await alarm("m", { TreatMissingData: "notBreaching" });
  await sandbox.clock.advance(60_000);

  await put("m", 5);
  await sandbox.clock.advance(60_000);
  await put("m", 5);
  await sandbox.clock.advance(20 * 60_000);
  off();

  assert.deepEqual(seen, [
    ["OK", 1],
    ["ALARM", 3],
    ["OK", 7],
  ]);
});

test("an alarm on a silent metric sets no timers", async () => {
  await alarm("silent", { TreatMissingData: "notBreaching" });
  await sandbox.clock.advance(10 * 60_000);
  const before = sandbox.clock.firedTimers;

  await sandbox.clock.advance(7 * 86_400_000);

  assert.ok(sandbox.clock.firedTimers - before < 5, `${sandbox.clock.firedTimers - before} timers`);
});

test("a dead man's alarm goes off after the last heartbeat", async () => {
  await alarm("beat", {
    Statistic: "SampleCount",
    Threshold: 1,
    ComparisonOperator: "LessThanThreshold",
    TreatMissingData: "breaching",
    Period: 900,
    EvaluationPeriods: 2,
    DatapointsToAlarm: 2,
  });
  await put("beat", 1);
  await sandbox.clock.advance(900_000);
  assert.equal(await stateOf("beat"), "OK");

  await sandbox.clock.advance(4 * 900_000);

  assert.equal(await stateOf("beat"), "ALARM");
});

test("metric math alarms on a rate of two metrics", async () => {
  const stat = (MetricName: string) => ({ Metric: { Namespace: "T", MetricName }, Period: 60, Stat: "Sum" });
  await client.send(
    new PutMetricAlarmCommand({
      AlarmName: "rate",
      EvaluationPeriods: 1,
      Threshold: 0.1,
      ComparisonOperator: "GreaterThanThreshold",
      TreatMissingData: "notBreaching",
      Metrics: [
        { Id: "errors", MetricStat: stat("errors"), ReturnData: false },
        { Id: "calls", MetricStat: stat("calls"), ReturnData: false },
        { Id: "rate", Expression: "IF(calls > 10, FILL(errors, 0) / calls, 0)", ReturnData: true },
      ],
    }),
  );
  await put("errors", 1, 1);
  await put("calls", ...Array.from({ length: 20 }, () => 1));
  await sandbox.clock.advance(30_000);
  await sandbox.clock.advance(60_000);

  const { MetricAlarms } = await client.send(new DescribeAlarmsCommand({ AlarmNames: ["rate"] }));
  assert.equal(MetricAlarms?.[0]?.StateValue, "OK", "2 of 20 is not more than 0.1");
  await put("errors", 5);
  await put("calls", ...Array.from({ length: 20 }, () => 1));
  await sandbox.clock.advance(60_000);
  assert.equal(await stateOf("rate"), "ALARM");
});

test("a composite alarm follows its children, and a state set by hand holds until the next evaluation", async () => {
  await alarm("left", { TreatMissingData: "notBreaching" });
  await alarm("right", { TreatMissingData: "notBreaching" });
  await sandbox.clock.advance(120_000);
  await client.send(
    new PutCompositeAlarmCommand({ AlarmName: "both", AlarmRule: 'ALARM("left") AND NOT OK(right)' }),
  );
  assert.equal(await stateOf("both"), "OK");

  for (const AlarmName of ["left", "right"])
    await client.send(new SetAlarmStateCommand({ AlarmName, StateValue: "ALARM", StateReason: "test" }));

  assert.equal(await stateOf("both"), "ALARM");
  await sandbox.clock.advance(120_000);
  assert.equal(await stateOf("both"), "OK");
});

test("statistics and percentiles over CBOR", async () => {
  await put("p", ...Array.from({ length: 101 }, (_, index) => index));
  const range = {
    StartTime: new Date(sandbox.clock.now() - 600_000),
    EndTime: new Date(sandbox.clock.now() + 60_000),
  };

  const { Datapoints } = await client.send(
    new GetMetricStatisticsCommand({
      Namespace: "T",
      MetricName: "p",
      Period: 3600,
      ...range,
      Statistics: ["Average", "Maximum"],
    }),
  );
  const data = await client.send(
    new GetMetricDataCommand({
      ...range,
      MetricDataQueries: [
        { Id: "q", MetricStat: { Metric: { Namespace: "T", MetricName: "p" }, Period: 3600, Stat: "p90" } },
      ],
    }),
  );

  assert.equal(Datapoints?.[0]?.Average, 50);
  assert.equal(Datapoints?.[0]?.Maximum, 100);
  assert.deepEqual(data.MetricDataResults?.[0]?.Values, [90]);
});

test("EMF lines become metrics with their dimensions", async () => {
  const document = {
    _aws: {
      Timestamp: sandbox.clock.now(),
      CloudWatchMetrics: [
        { Namespace: "E", Dimensions: [["Model"], []], Metrics: [{ Name: "Drift", Unit: "Count" }] },
      ],
    },
    Model: "bank",
    Drift: [1, 2],
  };
  sandbox.kernel.putLog("/aws/lambda/x", "s", JSON.stringify(document));

  const query = (Id: string, Dimensions: { Name: string; Value: string }[]) => ({
    Id,
    MetricStat: { Metric: { Namespace: "E", MetricName: "Drift", Dimensions }, Period: 60, Stat: "Sum" },
  });
  const { MetricDataResults } = await client.send(
    new GetMetricDataCommand({
      StartTime: new Date(sandbox.clock.now() - 60_000),
      EndTime: new Date(sandbox.clock.now() + 60_000),
      MetricDataQueries: [query("a", [{ Name: "Model", Value: "bank" }]), query("b", [])],
    }),
  );

  assert.deepEqual(
    MetricDataResults?.map((result) => result.Values),
    [[3], [3]],
  );
});

test("what is not evaluated is refused by name", async () => {
  await assert.rejects(alarm("fast", { Period: 10 }), /Period 10/);
  await assert.rejects(
    alarm("odd", { AlarmActions: ["arn:aws:automate:eu-west-1:ec2:stop"] }),
    /does not support cloudwatch alarm action/,
  );
  await assert.rejects(
    client.send(new PutCompositeAlarmCommand({ AlarmName: "c", AlarmRule: "ALARM(nobody)" })),
    /could not find alarms "nobody"/,
  );
});
