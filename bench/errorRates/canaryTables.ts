import type { JudgePolicy } from "../../core/rollout/judge/index.ts";
import { CALM, type CanaryWorld, EITHER, ERRORS, LATENCY } from "./canaryRates.ts";
import { type Page, share } from "./page.ts";
import type { Run } from "./run.ts";

const WORLDS: readonly (readonly [string, CanaryWorld, Partial<JudgePolicy>])[] = [
  ["identical, latency, independent", CALM, LATENCY],
  ["identical, latency, correlation 0.5", { ...CALM, correlation: 0.5 }, LATENCY],
  ["identical, latency, correlation 0.8", { ...CALM, correlation: 0.8 }, LATENCY],
  ["identical, latency either way, correlation 0.8", { ...CALM, correlation: 0.8 }, EITHER],
  ["identical, latency lognormal, correlation 0.8", { ...CALM, correlation: 0.8, skew: 0.5 }, LATENCY],
  ["identical, errors 1 %", CALM, ERRORS],
  ["identical, errors with bursts", { ...CALM, burst: 0.02 }, ERRORS],
  ["identical, sparse errors 0.05 %", { ...CALM, rates: [0.0005, 0.0005] }, ERRORS],
  ["identical, errors that swing by half", { ...CALM, swing: [0.5, 0] }, ERRORS],
  ["identical, errors that swing by half, correlation 0.5", { ...CALM, swing: [0.5, 0.5] }, ERRORS],
  ["identical, errors that swing by half, correlation 0.8", { ...CALM, swing: [0.5, 0.8] }, ERRORS],
  ["latency + 1 sd, 60 looks", { ...CALM, looks: 60, shift: 1 }, LATENCY],
  ["lognormal latency + 1 sd, 60 looks", { ...CALM, looks: 60, shift: 1, skew: 0.5 }, LATENCY],
  ["errors 1 % to 3 %, 30 looks", { ...CALM, looks: 30, rates: [0.01, 0.03] }, ERRORS],
];

export async function canaryTables(page: Page, run: Run): Promise<void> {
  const count = run.times(2000);
  page.say("\n## Canary: looks every minute, judged after each\n");
  page.say(
    "240 looks unless said otherwise. Goal: at most 2 % of identical variants rolled back, 95 % of changes. Errors whose level stays high for",
  );
  page.say(
    "minutes look like a change that has to be found within 30: past a correlation of some 0.5 in their level the 2 % do not hold.\n",
  );
  page.head("world", "rolled back", "promoted", "looks until rollback", "repetitions");
  for (const [name, world, policy] of WORLDS) {
    const [rollbacks = 0, promotions = 0, looks = 0] = await run.workers.sum(
      "canaryCounts",
      count,
      world,
      policy,
      run.seed,
    );
    page.row(name, share(rollbacks, count), share(promotions, count), mean(looks, rollbacks), count);
  }
  await fixedTable(page, run);
}

const mean = (sum: number, count: number): string => (count === 0 ? "–" : (sum / count).toFixed(0));

const KINDS: readonly (readonly [
  Partial<JudgePolicy>,
  readonly (readonly [string, Partial<CanaryWorld>])[],
])[] = [
  [LATENCY, [0.5, 0.75, 1, 1.5, 2].map((shift) => [`latency + ${shift} sd`, { shift }])],
  [
    ERRORS,
    [0.018, 0.02, 0.03, 0.05, 0.1].map((rate) => [
      `errors 1 % to ${Number((100 * rate).toFixed(1))} %`,
      { rates: [0.01, rate] },
    ]),
  ],
];

/** One test after a length planned for the smallest change worth finding, against the judge that looks all the time. */
async function fixedTable(page: Page, run: Run): Promise<void> {
  const count = run.times(2000);
  page.say("\n### The sequential judge and a test of fixed length\n");
  page.say(
    "The test of fixed length looks once, at the same chance of a false rollback; it is planned to find the first change",
  );
  page.say(
    "of each kind as often as the sequential judge finds it within 240 looks. Looks until rollback are means.\n",
  );
  page.head(
    "change",
    "sequential: rolled back",
    "looks until rollback",
    "fixed length: rolled back",
    "looks",
    "repetitions",
  );
  for (const [policy, changes] of KINDS) {
    let length: number | undefined;
    for (const [name, change] of changes) {
      const world = { ...CALM, ...change };
      const [rollbacks = 0, , looks = 0] = await run.workers.sum(
        "canaryCounts",
        count,
        world,
        policy,
        run.seed,
      );
      length ??= await fixedLength(run, world, policy, rollbacks, count);
      const fixed = await fixedCount(run, world, policy, length, count);
      page.row(name, share(rollbacks, count), mean(looks, rollbacks), share(fixed, count), length, count);
    }
  }
}

async function fixedCount(
  { workers, seed }: Run,
  world: CanaryWorld,
  { metrics = [] }: Partial<JudgePolicy>,
  looks: number,
  count: number,
): Promise<number> {
  const [metric] = metrics;
  if (metric === undefined) throw new Error("a policy of the canary table has no metric");
  const [found = 0] = await workers.sum("fixedCounts", count, world, metric, looks, seed);
  return found;
}

/** Fewest looks after which one test finds the change as often as the judge does. */
async function fixedLength(
  run: Run,
  world: CanaryWorld,
  policy: Partial<JudgePolicy>,
  wanted: number,
  count: number,
): Promise<number> {
  let [low, high] = [2, world.looks];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((await fixedCount(run, world, policy, middle, count)) >= wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}
