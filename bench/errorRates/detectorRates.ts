import { conceptDriftDetector } from "../../core/monitoring/conceptDrift.ts";
import { Adwin, Ddm, HddmA, HddmW, PageHinkley, SeededRandom } from "../../core/statistics/index.ts";

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

/** False alarms in 100,000 steps at one error rate. */
export function falseAlarms(name: DetectorName, rate: number, steps: number, seed: number): number {
  const random = new SeededRandom(seed);
  const detector = DETECTORS[name]();
  let alarms = 0;
  for (let i = 0; i < steps; i++) if (detector.update(random.next() < rate ? 1 : 0) === "drift") alarms++;
  return (alarms * 100_000) / steps;
}

/** Mean delay of the first alarm after the rate goes up at step 2000, and the share found within 2000 steps. */
export function detection(
  name: DetectorName,
  before: number,
  after: number,
  repetitions: number,
  seed: number,
): { delay: number; found: number } {
  const random = new SeededRandom(seed);
  let [delay, found] = [0, 0];
  for (let r = 0; r < repetitions; r++) {
    const detector = DETECTORS[name]();
    for (let i = 0; i < 2000; i++) detector.update(random.next() < before ? 1 : 0);
    for (let i = 1; i <= 2000; i++) {
      if (detector.update(random.next() < after ? 1 : 0) !== "drift") continue;
      delay += i;
      found++;
      break;
    }
  }
  return { delay: delay / found, found: found / repetitions };
}
