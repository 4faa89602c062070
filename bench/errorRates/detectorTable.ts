import { DETECTOR_NAMES } from "./detectorRates.ts";
import { type Page, share } from "./page.ts";
import type { Run } from "./run.ts";

const STEPS = 2_000_000;
const RATES = [0.1, 0.2] as const;

export async function detectorTable(page: Page, { workers, times, seed }: Run): Promise<void> {
  const [steps, count] = [times(STEPS), times(2000)];
  page.say("\n## Concept drift: error streams\n");
  page.say(
    "Goal: a mean delay of at most 400 steps on 0.1 to 0.2, at most 1 false alarm in 100,000 steps.\n",
  );
  page.say(`False alarms in 100,000 steps over ${steps} steps; detection over ${count} changes.\n`);
  page.head("detector", "false alarms at 0.1", "at 0.2", "0.1 to 0.2: mean delay", "found in 2000");
  for (const name of DETECTOR_NAMES) {
    const alarms = await Promise.all(
      RATES.map((rate) => workers.one("falseAlarms", name, rate, steps, seed)),
    );
    const [found = 0, delay = 0] = await workers.sum("detectionCounts", count, name, RATES, seed);
    const per100k = alarms.map(([sum = 0]) => ((100_000 * sum) / steps).toFixed(2));
    page.row(name, ...per100k, (delay / found).toFixed(0), share(found, count));
  }
}
