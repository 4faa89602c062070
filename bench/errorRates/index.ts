/**
 * Measures the error rates of the decisions and writes docs/error-rates.md. The page says its scale:
 * 0.4 takes about ten minutes on one core, 0.1 gives a quick look. `--seed` draws other data.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { CALM, canaryRates, ERRORS, LATENCY } from "./canaryRates.ts";
import { DETECTOR_NAMES, detection, falseAlarms } from "./detectorRates.ts";
import { type Change, driftRate } from "./driftRates.ts";
import { fixedLength, fixedPower } from "./fixedCanary.ts";
import { seasonRates } from "./seasonRates.ts";

const { values } = parseArgs({
  options: {
    scale: { type: "string", default: "1" },
    seed: { type: "string", default: "1" },
    out: { type: "string" },
  },
});
const scale = Number(values.scale);
const seed = Number(values.seed);
const lines: string[] = [];

function say(line = ""): void {
  lines.push(line);
  process.stdout.write(`${line}\n`);
}

/** Share with its 95 % Wilson bounds, so that nobody reads more into a figure than its repetitions hold. */
function share(p: number, n: number): string {
  const z = 1.96;
  const centre = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  const percent = (x: number): string => (100 * x).toFixed(1);
  return `${percent(p)} % (${percent(Math.max(0, centre - half))} to ${percent(Math.min(1, centre + half))})`;
}

const times = (repetitions: number): number => Math.max(10, Math.round(repetitions * scale));

function drift(): void {
  say("## Drift: windows called drift, 20 mixed features\n");
  say("Default policy. Reference (n rows) and window (m rows) are drawn anew each time.\n");
  say("| change in one feature | n | m | called drift | repetitions |\n|---|---|---|---|---|");
  const cases: [string, number, number, number, Change][] = [
    ["none", 100, 100, 2000, {}],
    ["none", 1000, 100, 2000, {}],
    ["none", 100, 1000, 2000, {}],
    ["none", 1000, 1000, 2000, {}],
    ["none", 5000, 45, 1000, {}],
    ["none", 10000, 500, 400, {}],
    ["none", 10000, 10000, 200, {}],
    ["none", 100000, 1000, 200, {}],
    ["mean + 0.2 sd", 1000, 1000, 1000, { shift: 0.2 }],
    ["mean + 0.25 sd", 1000, 1000, 1000, { shift: 0.25 }],
    ["spread + 25 %", 1000, 1000, 500, { scale: 1.25 }],
    ["new category at 2 %", 1000, 1000, 500, { newCategory: 0.02 }],
    ["mean + 0.5 sd", 1000, 100, 500, { shift: 0.5 }],
  ];
  for (const [name, n, m, repetitions, change] of cases) {
    const count = times(repetitions);
    say(
      `| ${name} | ${n} | ${m} | ${share(driftRate(n, m, count, seed + n + m, change), count)} | ${count} |`,
    );
  }
}

function seasons(): void {
  say("\n## Seasons: one-hour windows of five features, three of them with a daily cycle\n");
  say("Compared with the same hours of the week, and with the whole reference.\n");
  say("| change in one feature | weeks | rows an hour | window | by season | by whole | windows |");
  say("|---|---|---|---|---|---|---|");
  const cases: [string, number, number, number, number][] = [
    ["none", 4, 60, 120, 0],
    ["none", 4, 30, 60, 0],
    ["none", 26, 60, 120, 0],
    ["mean + 0.5 sd of its hour", 4, 60, 120, 0.5],
    ["mean + 1 sd of its hour", 4, 60, 120, 1],
  ];
  for (const [name, weeks, perHour, rows, shift] of cases) {
    const rates = seasonRates(weeks, perHour, rows, shift, Math.max(1, Math.round(12 * scale)), seed);
    const { bySeason, byWhole, windows } = rates;
    say(
      `| ${name} | ${weeks} | ${perHour} | ${rows} | ${share(bySeason, windows)} | ${share(byWhole, windows)} | ${windows} |`,
    );
  }
}

function canary(): void {
  say("\n## Canary: looks every minute, judged after each\n");
  say("| world | rolled back | promoted | looks until rollback | repetitions |\n|---|---|---|---|---|");
  const cases = [
    ["identical, latency, independent", CALM, LATENCY, 1000],
    ["identical, latency, correlation 0.5", { ...CALM, correlation: 0.5 }, LATENCY, 1000],
    ["identical, latency, correlation 0.8", { ...CALM, correlation: 0.8 }, LATENCY, 1000],
    ["identical, errors 1 %", CALM, ERRORS, 500],
    ["identical, errors with bursts", { ...CALM, burst: 0.02 }, ERRORS, 500],
    ["identical, sparse errors 0.05 %", { ...CALM, rates: [0.0005, 0.0005] }, ERRORS, 500],
    ["latency + 1 sd, 60 looks", { ...CALM, looks: 60, shift: 1 }, LATENCY, 1000],
    ["errors 1 % to 3 %, 30 looks", { ...CALM, looks: 30, rates: [0.01, 0.03] }, ERRORS, 1000],
  ] as const;
  for (const [name, world, policy, repetitions] of cases) {
    const count = times(repetitions);
    const rates = canaryRates(world, policy, count, seed);
    const looks = Number.isNaN(rates.looks) ? "–" : rates.looks.toFixed(0);
    say(
      `| ${name} | ${share(rates.rollback, count)} | ${share(rates.promote, count)} | ${looks} | ${count} |`,
    );
  }
}

/** One test after a length planned for the smallest change worth finding, against the judge that looks all the time. */
function fixedLengths(): void {
  say("\n### The sequential judge and a test of fixed length\n");
  say(
    "The test of fixed length looks once, at the same chance of a false rollback; it is planned to find the first change",
  );
  say(
    "of each kind as often as the sequential judge finds it within 240 looks. Looks until rollback are means.\n",
  );
  say(
    "| change | sequential: rolled back | looks until rollback | fixed length: rolled back | looks | repetitions |",
  );
  say("|---|---|---|---|---|---|");
  const count = times(400);
  const kinds = [
    {
      policy: LATENCY,
      changes: [0.5, 0.75, 1, 1.5, 2].map((shift) => ({ name: `latency + ${shift} sd`, shift })),
    },
    {
      policy: ERRORS,
      changes: [0.018, 0.02, 0.03, 0.05, 0.1].map((rate) => ({
        name: `errors 1 % to ${Number((100 * rate).toFixed(1))} %`,
        rates: [0.01, rate] as const,
      })),
    },
  ];
  for (const { policy, changes } of kinds) {
    const metric = policy.metrics?.[0];
    if (metric === undefined) continue;
    let length: number | undefined;
    for (const { name, ...change } of changes) {
      const world = { ...CALM, ...change };
      const judged = canaryRates(world, policy, count, seed);
      length ??= fixedLength(world, metric, judged.rollback, count, seed);
      const fixed = fixedPower(world, metric, length, count, seed);
      say(
        `| ${name} | ${share(judged.rollback, count)} | ${judged.looks.toFixed(0)} | ${share(fixed, count)} | ${length} | ${count} |`,
      );
    }
  }
}

function detectors(): void {
  const steps = times(5_000_000);
  const count = times(2500);
  say("\n## Concept drift: error streams\n");
  say("Goal: a mean delay of at most 400 steps on 0.1 to 0.2, at most 1 false alarm in 100,000 steps.\n");
  say(`False alarms in 100,000 steps over ${steps} steps; detection over ${count} changes.\n`);
  say(
    "| detector | false alarms at 0.1 | at 0.2 | 0.1 to 0.2: mean delay | found in 2000 |\n|---|---|---|---|---|",
  );
  for (const name of DETECTOR_NAMES) {
    const { delay, found } = detection(name, 0.1, 0.2, count, seed);
    const alarms = [0.1, 0.2].map((rate) => falseAlarms(name, rate, steps, seed).toFixed(2));
    say(`| ${name} | ${alarms.join(" | ")} | ${delay.toFixed(0)} | ${share(found, count)} |`);
  }
}

say("# Error rates of the decisions\n");
say(
  `Measured by \`node bench/errorRates/index.ts --scale ${scale} --seed ${seed}\`; brackets are 95 % bounds of the figure.\n`,
);
drift();
seasons();
canary();
fixedLengths();
detectors();
if (values.out !== undefined) writeFileSync(values.out, `${lines.join("\n")}\n`);
