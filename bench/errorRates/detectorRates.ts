import { conceptDriftDetector } from "../../core/monitoring/conceptDrift.ts";
import { Adwin, Ddm, HddmA, HddmW, PageHinkley, SeededRandom } from "../../core/statistics/index.ts";
import { seedOf } from "./seeds.ts";

/** The monitors' choice first; then the candidates it was chosen from, each by its usual options unless named. */
const DETECTORS = {
  "monitors: ADWIN, delta 0.01": () => conceptDriftDetector(),
  ADWIN: () => new Adwin(),
  "ADWIN, clock 8": () => new Adwin({ clock: 8 }),
  "ADWIN, delta 0.005, clock 8": () => new Adwin({ delta: 0.005, clock: 8 }),
  "HDDM-A": () => new HddmA(),
  "HDDM-A, confidence 0.002": () => new HddmA({ driftConfidence: 0.002 }),
  "HDDM-W": () => new HddmW(),
  "HDDM-W, lambda 0.01": () => new HddmW({ lambda: 0.01 }),
  DDM: () => new Ddm(),
  "Page-Hinkley": () => new PageHinkley(),
  "Page-Hinkley, delta 0.02, threshold 30": () => new PageHinkley({ delta: 0.02, threshold: 30, mode: "up" }),
} as const;
export type DetectorName = keyof typeof DETECTORS;
export const DETECTOR_NAMES = Object.keys(DETECTORS) as DetectorName[];

/** False alarms of one stream of so many steps. */
export function falseAlarms(name: DetectorName, rate: number, steps: number, seed: number): [alarms: number] {
  const random = new SeededRandom(seed);
  const detector = DETECTORS[name]();
  let alarms = 0;
  for (let i = 0; i < steps; i++) if (detector.update(random.next() < rate ? 1 : 0) === "drift") alarms++;
  return [alarms];
}

/** Rate before the change and after it. */
export type RateChange = readonly [before: number, after: number];

/** Changes found within 2000 steps after the rate went up at step 2000, and the sum of their delays. */
export function detectionCounts(
  name: DetectorName,
  [before, after]: RateChange,
  seed: number,
  [from, to]: readonly [number, number],
): [found: number, delay: number] {
  let [found, delay] = [0, 0];
  for (let repetition = from; repetition < to; repetition++) {
    const random = new SeededRandom(seedOf(seed, repetition));
    const detector = DETECTORS[name]();
    for (let i = 0; i < 2000; i++) detector.update(random.next() < before ? 1 : 0);
    for (let i = 1; i <= 2000; i++) {
      if (detector.update(random.next() < after ? 1 : 0) !== "drift") continue;
      delay += i;
      found++;
      break;
    }
  }
  return [found, delay];
}
