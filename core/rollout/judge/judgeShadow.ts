import { beta, ksTwoSample } from "../../statistics/index.ts";
import { JudgeInputError } from "./types.ts";

export interface ShadowPolicy {
  /** Score from which a prediction is positive. */
  readonly threshold: number;
  /** Most disagreement of decisions that is accepted. */
  readonly maximumDisagreement: number;
  /** Largest mean absolute distance of paired scores that is accepted. */
  readonly maximumScoreDistance: number;
  readonly minimumPairs: number;
  /** Error of the bound on the disagreement. */
  readonly error: number;
}

export const DEFAULT_SHADOW_POLICY: ShadowPolicy = {
  threshold: 0.5,
  maximumDisagreement: 0.1,
  maximumScoreDistance: 0.1,
  minimumPairs: 200,
  error: 0.05,
};

export interface ShadowVerdict {
  readonly verdict: "promote" | "rollback" | "continue" | "hold";
  readonly reason: "Agrees" | "Disagrees" | "ScoresDiffer" | "NotEnoughPairs" | "NoTraffic" | "NotYetDecided";
  readonly pairs: number;
  /** Share of pairs on different sides of the threshold, with its Clopper-Pearson bounds. */
  readonly disagreement: { readonly share: number; readonly low: number; readonly high: number } | null;
  readonly meanScoreDistance: number | null;
  readonly scoreKs: { readonly statistic: number; readonly pValue: number } | null;
  readonly policy: ShadowPolicy;
}

/** Compares paired predictions: the challenger answered copies of the requests that the champion served. */
export function judgeShadow(
  champion: ArrayLike<number>,
  challenger: ArrayLike<number>,
  policy: Partial<ShadowPolicy> = {},
): ShadowVerdict {
  const rules = { ...DEFAULT_SHADOW_POLICY, ...policy };
  if (champion.length !== challenger.length) {
    throw new JudgeInputError([
      `judgeShadow.challenger: expected ${champion.length} scores, got ${challenger.length}`,
    ]);
  }
  const n = champion.length;
  const empty = { pairs: n, disagreement: null, meanScoreDistance: null, scoreKs: null, policy: rules };
  if (n === 0) return { ...empty, verdict: "hold", reason: "NoTraffic" };
  let different = 0;
  let distance = 0;
  for (let i = 0; i < n; i++) {
    const [a, b] = [champion[i] as number, challenger[i] as number];
    if (a >= rules.threshold !== b >= rules.threshold) different++;
    distance += Math.abs(a - b);
  }
  const low = different === 0 ? 0 : beta.quantile(rules.error / 2, different, n - different + 1);
  const high = different === n ? 1 : beta.quantile(1 - rules.error / 2, different + 1, n - different);
  const numbers = {
    ...empty,
    disagreement: { share: different / n, low, high },
    meanScoreDistance: distance / n,
    scoreKs: ksTwoSample(Float64Array.from(champion), Float64Array.from(challenger), {
      method: "asymptotic",
    }),
  };
  if (n < rules.minimumPairs) return { ...numbers, verdict: "continue", reason: "NotEnoughPairs" };
  if (low > rules.maximumDisagreement) return { ...numbers, verdict: "rollback", reason: "Disagrees" };
  if (distance / n > rules.maximumScoreDistance)
    return { ...numbers, verdict: "rollback", reason: "ScoresDiffer" };
  if (high <= rules.maximumDisagreement) return { ...numbers, verdict: "promote", reason: "Agrees" };
  return { ...numbers, verdict: "continue", reason: "NotYetDecided" };
}
