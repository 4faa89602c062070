import { DEFAULT_JUDGE_POLICY, type JudgePolicy, type Look } from "../../core/rollout/judge/index.ts";
import { normal, SeededRandom } from "../../core/statistics/index.ts";
import { type CanaryWorld, seriesOf } from "./canaryRates.ts";
import { seedOf } from "./seeds.ts";

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

/** How many of the worlds `from` to `to` a single one-sided test after `looks` looks rolls back. */
export function fixedCounts(
  world: CanaryWorld,
  metric: JudgePolicy["metrics"][number],
  looks: number,
  seed: number,
  [from, to]: readonly [number, number],
): [rollbacks: number] {
  const limit = normal.quantile(1 - LEVEL);
  let found = 0;
  for (let repetition = from; repetition < to; repetition++) {
    const series = seriesOf({ ...world, looks }, new SeededRandom(seedOf(seed, repetition)));
    if (zOf(series, looks, metric) > limit) found++;
  }
  return [found];
}
