import { type Page, share } from "./page.ts";
import type { Run } from "./run.ts";
import type { SeasonCase } from "./seasonRates.ts";

const WINDOWS = 16;
const CASES: readonly (readonly [string, Omit<SeasonCase, "windows">])[] = [
  ["none", { weeks: 4, perHour: 60, windowRows: 120, shift: 0 }],
  ["none", { weeks: 4, perHour: 30, windowRows: 60, shift: 0 }],
  ["none", { weeks: 26, perHour: 60, windowRows: 120, shift: 0 }],
  ["mean + 0.5 sd of its hour", { weeks: 4, perHour: 60, windowRows: 120, shift: 0.5 }],
  ["mean + 1 sd of its hour", { weeks: 4, perHour: 60, windowRows: 120, shift: 1 }],
];

export async function seasonTable(page: Page, { workers, times, seed }: Run): Promise<void> {
  const references = times(125);
  const windows = references * WINDOWS;
  page.say("\n## Seasons: one-hour windows of five features, three of them with a daily cycle\n");
  page.say(
    "Compared with the same hours of the week, and with the whole reference; goal by season: at most 5 % without a change.",
  );
  page.say(`${references} references, ${WINDOWS} windows against each.\n`);
  page.head("change in one feature", "weeks", "rows an hour", "window", "by season", "by whole", "windows");
  for (const [name, season] of CASES) {
    const [bySeason = 0, byWhole = 0] = await workers.sum(
      "seasonCounts",
      references,
      { ...season, windows: WINDOWS },
      seed,
    );
    page.row(
      name,
      season.weeks,
      season.perHour,
      season.windowRows,
      share(bySeason, windows),
      share(byWhole, windows),
      windows,
    );
  }
}
