import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import * as statistics from "../../../core/statistics/index.ts";

type Case = readonly [name: string, args: readonly unknown[], expected: readonly number[]];

function load<T>(name: string): T {
  const file = new URL(`../../vectors/${name}.json.gz`, import.meta.url);
  return JSON.parse(gunzipSync(readFileSync(file)).toString()) as T;
}

/** "chiSquared.sf" or "ksTwoSample", whatever they give, as a list of numbers. */
function evaluate(name: string, args: readonly unknown[]): readonly number[] {
  const [object, member] = name.split(".") as [string, string | undefined];
  const named = (statistics as Record<string, unknown>)[object] as Record<string, unknown>;
  const target = (member === undefined ? named : named[member]) as (...given: unknown[]) => unknown;
  const result = target(...args);
  if (typeof result === "number") return [result];
  if (Array.isArray(result)) return result as number[];
  const { statistic, pValue } = result as statistics.TestResult;
  return [statistic, pValue];
}

test("agrees with SciPy on 10,000 frozen cases: 1e-9, relative below 1e-6", () => {
  const cases = load<Case[]>("statistics");
  const problems: string[] = [];
  for (const [name, args, expected] of cases) {
    const got = evaluate(name, args);
    expected.forEach((want, i) => {
      const scale = Math.abs(want) < 1e-6 && want !== 0 ? Math.abs(want) : Math.max(1, Math.abs(want));
      if (!(Math.abs((got[i] as number) - want) <= 1e-9 * scale)) {
        problems.push(
          `${name}(${JSON.stringify(args).slice(0, 200)})[${i}]: expected ${want}, got ${got[i]}`,
        );
      }
    });
  }

  assert.equal(cases.length, 10_000);
  assert.deepEqual(problems.slice(0, 5), []);
});

interface Streams {
  readonly errors: string;
  readonly jump: string;
  readonly alternating: string;
}

const DETECTORS = [
  statistics.Adwin,
  statistics.Ddm,
  statistics.Eddm,
  statistics.HddmA,
  statistics.HddmW,
  statistics.PageHinkley,
  statistics.Kswin,
];

/** First index of each run of warnings, and every drift. */
function alarms(
  detector: { update(value: number): string },
  stream: string | readonly number[],
): { warnings: number[]; drifts: number[] } {
  const found = { warnings: [] as number[], drifts: [] as number[] };
  Array.from<string | number, number>(stream, Number).forEach((value, i) => {
    const signal = detector.update(value);
    if (signal === "warning") found.warnings.push(i);
    if (signal === "drift") found.drifts.push(i);
  });
  return found;
}

test("detectors alarm at the published indices", () => {
  const { errors, jump, alternating } = load<Streams>("streams");
  const ddm = alarms(new statistics.Ddm(), errors);
  const eddm = alarms(new statistics.Eddm({ alpha: 0.8, beta: 0.75 }), errors);
  const hddmA = alarms(new statistics.HddmA(), errors);
  const hddmW = alarms(new statistics.HddmW(), errors);

  assert.deepEqual([ddm.warnings[0], ddm.drifts], [1084, [1334]]);
  assert.equal(
    ddm.warnings.find((i) => i > 1334),
    1492,
  );
  assert.deepEqual([eddm.warnings[0], eddm.drifts[0]], [1059, 1278]);
  assert.deepEqual([hddmA.warnings[0], hddmA.drifts[0]], [451, 1206]);
  assert.deepEqual([hddmW.warnings[0], hddmW.drifts[0]], [451, 1077]);
  assert.deepEqual(alarms(new statistics.Adwin(), jump).drifts, [1023]);
  assert.deepEqual(alarms(new statistics.PageHinkley(), jump).drifts, [1006]);
  assert.deepEqual(alarms(new statistics.Adwin(), alternating).drifts, [1023, 2015, 3007]);
});

test("detectors warn and alarm exactly where river's do, whatever their parameters", () => {
  const cases =
    load<{ detector: string; options: object; values: number[]; warnings: number[]; drifts: number[] }[]>(
      "detectors",
    );
  for (const [k, { detector, options, values, warnings, drifts }] of cases.entries()) {
    const Detector = DETECTORS.find(({ name }) => name === detector) as (typeof DETECTORS)[number];
    const found = alarms(new Detector(options), values);
    assert.deepEqual(found, { warnings, drifts }, `case ${k}, ${detector} ${JSON.stringify(options)}`);
  }
});

test("a detector that has alarmed starts anew: KSWIN needs a whole window before it speaks again", () => {
  const detector = new statistics.Kswin({ alpha: 0.5 });
  const random = new statistics.SeededRandom(3);
  const drifts = alarms(
    detector,
    Array.from({ length: 2000 }, () => random.normal()),
  ).drifts;

  assert.ok(drifts.length > 5);
  assert.ok(drifts.every((at, i) => at - (drifts[i - 1] ?? -1) >= 100));
});

test("a detector stopped and restored after every value says the same", () => {
  const { errors } = load<Streams>("streams");
  for (const Detector of DETECTORS) {
    const whole = new Detector();
    let stopped = new Detector();
    Array.from(errors, Number).forEach((value, i) => {
      const expected = whole.update(value);
      const restore = Detector.fromState as (state: unknown) => typeof stopped;
      stopped = restore(JSON.parse(JSON.stringify(stopped.toState())));
      assert.equal(stopped.update(value), expected, `${Detector.name} at ${i}`);
    });
  }
});
