/** A shadow's verdict in words and in numbers, for the record and for people. */
import type { ShadowMeasure, ShadowVerdict } from "./judge/judgeShadow.ts";

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** The numbers of a verdict as records keep them. */
export function verdictNumbers(verdict: ShadowVerdict): Record<string, number> {
  const { disagreement, scoreDistance, policy } = verdict;
  const measure = (name: string, of: ShadowMeasure | null): Record<string, number> =>
    of ? { [name]: of.value, [`${name}Low`]: of.low, [`${name}High`]: of.high } : {};
  return {
    pairs: verdict.pairs,
    unanswered: verdict.unanswered,
    ...measure("disagreement", disagreement),
    ...(policy.maximumDisagreement === null ? {} : { maximumDisagreement: policy.maximumDisagreement }),
    ...measure("scoreDistance", scoreDistance),
    maximumScoreDistance: policy.maximumScoreDistance,
  };
}

/** One sentence with the numbers that the verdict rests on. */
export function describeVerdict(verdict: ShadowVerdict): string {
  const { pairs, unanswered, disagreement, scoreDistance, policy } = verdict;
  const parts: string[] = [];
  if (disagreement)
    parts.push(
      `${percent(disagreement.value)} decided differently (${percent(disagreement.low)} to ${percent(disagreement.high)}, at most ${percent(policy.maximumDisagreement ?? 1)})`,
    );
  if (scoreDistance)
    parts.push(
      `mean distance ${scoreDistance.value.toFixed(4)} (${scoreDistance.low.toFixed(4)} to ${scoreDistance.high.toFixed(4)}, at most ${policy.maximumScoreDistance})`,
    );
  if (unanswered > 0) parts.push(`${unanswered} not answered by the challenger`);
  return `${verdict.reason}, ${pairs} of at least ${policy.minimumPairs} pairs${parts.length > 0 ? `: ${parts.join("; ")}` : ""}`;
}
