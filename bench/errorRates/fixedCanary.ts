import { DEFAULT_JUDGE_POLICY, type JudgePolicy, type Look } from "../../core/rollout/judge/index.ts";
import { normal, SeededRandom } from "../../core/statistics/index.ts";
import { type CanaryWorld, seriesOf } from "./canaryRates.ts";

/** Same chance of a false rollback as the sequential judge has over all its looks. */
const LEVEL = DEFAULT_JUDGE_POLICY.rollbackError;

/** z of "the challenger is worse" after the first `looks` looks: two means of looks, or two proportions of requests. */
function zOf(series: readonly Look[], looks: number, metric: JudgePolicy["metrics"][number]): number {
  const sides = (["champion", "challenger"] as const).map((side) => {
    let [n, sum, squares] = [0, 0, 0];
    for (let i = 0; i < looks; i++) {
      const look = series[i]?.[side];
      const value =
        metric.kind === "rate" ? (look?.counts?.[metric.name] ?? 0) : (look?.values?.[metric.name] ?? 0);
      n += metric.kind === "rate" ? (look?.requests ?? 0) : 1;
      sum += value;
      squares += value * value;
    }
    const mean = sum / n;
    const variance = metric.kind === "rate" ? mean * (1 - mean) : (squares / n - mean * mean) * (n / (n - 1));
    return { mean, squaredError: variance / n };
  }) as [{ mean: number; squaredError: number }, { mean: number; squaredError: number }];
  const [champion, challenger] = sides;
  const error = Math.sqrt(champion.squaredError + challenger.squaredError);
  return error > 0 ? (challenger.mean - champion.mean) / error : 0;
}

/** Share of worlds that a single one-sided test after `looks` looks rolls back. */
export function fixedPower(
  world: CanaryWorld,
  metric: JudgePolicy["metrics"][number],
  looks: number,
  repetitions: number,
  seed: number,
): number {
  const random = new SeededRandom(seed);
  const limit = normal.quantile(1 - LEVEL);
  let found = 0;
  for (let i = 0; i < repetitions; i++)
    if (zOf(seriesOf({ ...world, looks }, random), looks, metric) > limit) found++;
  return found / repetitions;
}

/** Fewest looks after which one test finds the planned change as often as `power`. */
export function fixedLength(
  planned: CanaryWorld,
  metric: JudgePolicy["metrics"][number],
  power: number,
  repetitions: number,
  seed: number,
): number {
  let [low, high] = [2, planned.looks];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (fixedPower(planned, metric, middle, repetitions, seed) >= power) high = middle;
    else low = middle + 1;
  }
  return low;
}
