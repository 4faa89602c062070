import { type JudgePolicy, judgeSeries, type Look } from "../../core/rollout/judge/index.ts";
import { SeededRandom } from "../../core/statistics/index.ts";
import { seedOf } from "./seeds.ts";

export interface CanaryWorld {
  readonly looks: number;
  /** Lag-one correlation of each side's latency. */
  readonly correlation: number;
  /** Challenger's latency minus champion's, in standard deviations. */
  readonly shift: number;
  readonly rates: readonly [champion: number, challenger: number];
  /** Chance per look and side that a burst of five looks with 20 % more errors begins. */
  readonly burst: number;
  readonly requests: number;
  /** Standard deviation of the logarithm where latency is lognormal, scaled to a deviation of 1; 0: it is normal. */
  readonly skew: number;
  /** How far the level of the error rate swings: standard deviation of its logarithm, and lag-one correlation. 0: not at all. */
  readonly swing: readonly [deviation: number, correlation: number];
}

export const CALM: CanaryWorld = {
  looks: 240,
  correlation: 0,
  shift: 0,
  rates: [0.01, 0.01],
  burst: 0,
  requests: 100,
  skew: 0,
  swing: [0, 0],
};
export const LATENCY: Partial<JudgePolicy> = { metrics: [{ name: "latency", kind: "value", margin: 0.3 }] };
export const EITHER: Partial<JudgePolicy> = {
  metrics: [{ name: "latency", kind: "value", margin: 0.3, worse: "either" }],
};
export const ERRORS: Partial<JudgePolicy> = { metrics: [{ name: "errors", kind: "rate", margin: 0.005 }] };

/** A normal state as lognormal latency of deviation 1. */
function skewed(state: number, skew: number): number {
  if (skew === 0) return state;
  const square = Math.exp(skew * skew);
  return Math.exp(skew * state) / Math.sqrt(square * (square - 1));
}

/** The next normal state of a series with lag-one correlation. */
const nextState = (state: number, correlation: number, random: SeededRandom): number =>
  correlation * state + Math.sqrt(1 - correlation ** 2) * random.normal();

function sideOf(
  world: CanaryWorld,
  rate: number,
  shift: number,
  random: SeededRandom,
): () => Look["champion"] {
  let state = random.normal();
  let burstLeft = 0;
  const [deviation, swingCorrelation] = world.swing;
  let level = deviation > 0 ? random.normal() : 0;
  return () => {
    state = nextState(state, world.correlation, random);
    if (deviation > 0) level = nextState(level, swingCorrelation, random);
    if (random.next() < world.burst) burstLeft = 5;
    const now = rate * Math.exp(deviation * level - deviation ** 2 / 2) + (burstLeft-- > 0 ? 0.2 : 0);
    let errors = 0;
    for (let i = 0; i < world.requests; i++) if (random.next() < now) errors++;
    return {
      requests: world.requests,
      counts: { errors },
      values: { latency: skewed(state, world.skew) + shift },
    };
  };
}

/** Champion and challenger over all looks of a world. */
export function seriesOf(world: CanaryWorld, random: SeededRandom): Look[] {
  const champion = sideOf(world, world.rates[0], 0, random);
  const challenger = sideOf(world, world.rates[1], world.shift, random);
  return Array.from({ length: world.looks }, () => ({ champion: champion(), challenger: challenger() }));
}

/** Worlds rolled back, promoted, and the sum of the looks until a rollback, over the repetitions `from` to `to`. */
export function canaryCounts(
  world: CanaryWorld,
  policy: Partial<JudgePolicy>,
  seed: number,
  [from, to]: readonly [number, number],
): [rollbacks: number, promotions: number, looks: number] {
  let [rollbacks, promotions, looks] = [0, 0, 0];
  for (let repetition = from; repetition < to; repetition++) {
    const verdict = judgeSeries(seriesOf(world, new SeededRandom(seedOf(seed, repetition))), policy);
    if (verdict.verdict === "promote") promotions++;
    if (verdict.verdict !== "rollback") continue;
    rollbacks++;
    looks += verdict.looks;
  }
  return [rollbacks, promotions, looks];
}
