import type { Sizes } from "./driftRates.ts";
import { type Page, share } from "./page.ts";
import type { Run } from "./run.ts";
import { type Change, WORLDS } from "./worlds.ts";

const SIZES = [100, 1000, 10_000, 100_000];
const GRID: readonly Sizes[] = [
  ...SIZES.flatMap((n) => SIZES.map((m) => [n, m] as const)),
  [5000, 45],
  [10_000, 500],
];
/** Cells whose figure came near the goal, drawn again by themselves and more often. */
const CLOSER: readonly Sizes[] = [[10_000, 1000]];
/** Where small windows and unequal sizes are hardest on tests; large ones come to few distinct situations. */
const OTHER_GRID: readonly Sizes[] = [
  [100, 100],
  [100, 1000],
  [1000, 45],
  [1000, 100],
  [1000, 1000],
  [5000, 100],
  [5000, 1000],
];
const CHANGES: readonly (readonly [string, Change, Sizes])[] = [
  ["mean + 0.2 sd", { shift: 0.2 }, [1000, 1000]],
  ["mean + 0.25 sd", { shift: 0.25 }, [1000, 1000]],
  ["spread + 25 %", { scale: 1.25 }, [1000, 1000]],
  ["new category at 2 %", { newCategory: 0.02 }, [1000, 1000]],
  ["mean + 0.5 sd", { shift: 0.5 }, [1000, 100]],
];

export async function driftTables(page: Page, { workers, times, seed }: Run): Promise<void> {
  const count = times(2000);
  page.say("## Drift: windows called drift, 20 mixed features\n");
  page.say(
    "Default policy. Goal: at most 5 % without a change; 90 % (99 % of + 0.25 sd) with one in a single feature.",
  );
  page.say("A repetition draws a reference and a window and takes their first n and m rows.\n");
  page.head("change in one feature", "n", "m", "called drift", "repetitions");
  const none = await workers.sum("driftCounts", count, "mixed", GRID, {}, seed);
  GRID.forEach(([n, m], at) => {
    page.row("none", n, m, share(none[at] as number, count), count);
  });
  const often = times(8000);
  for (const sizes of CLOSER) {
    const [drifted = 0] = await workers.sum("driftCounts", often, "mixed", [sizes], {}, seed);
    page.row("none, other draws", ...sizes, share(drifted, often), often);
  }
  for (const [name, change, sizes] of CHANGES) {
    const [found = 0] = await workers.sum("driftCounts", count, "mixed", [sizes], change, seed + 1);
    page.row(name, ...sizes, share(found, count), count);
  }
}

/** Worlds that stood at 4 % or more somewhere within 500 repetitions are drawn 2,000 times. */
const OFTEN: ReadonlySet<string> = new Set([
  "exponential",
  "Student t, 2 df",
  "uniform",
  "lognormal, sd 3 of the logarithm",
  "bimodal",
  "whole numbers 0 to 2, 4, 9, skewed",
  "rounded to 1, 0.5, 0.1 sd",
  "normal, missing 0.1, 1, 10, 50, 90 %",
]);

/** Other distributions than the mixed ones, where tests are hardest put. */
export async function otherWorlds(page: Page, { workers, times, seed }: Run): Promise<void> {
  page.say("\n## Drift without a change: other distributions\n");
  page.say(
    "Twenty features of the kinds named, by turns; windows called drift by n/m. Goal: at most 5 %. Kinds that stood at 4 % or more within 500 repetitions have 2,000.\n",
  );
  const sizes = OTHER_GRID.map(([n, m]) => `${n}/${m}`);
  page.head("features", ...sizes, "largest, with its bounds", "repetitions");
  for (const world of Object.keys(WORLDS).slice(1)) {
    const count = times(OFTEN.has(world) ? 2000 : 500);
    const counts = await workers.sum("driftCounts", count, world, OTHER_GRID, {}, seed);
    const shares = counts.map((drifted) => `${((100 * drifted) / count).toFixed(1)} %`);
    page.row(world, ...shares, share(Math.max(...counts), count), count);
  }
}
