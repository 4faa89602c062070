/** Time-ordered splits: the newest rows judge, a day (or instant) never lies on both sides of a border. */

export interface SplitRanges {
  readonly train: readonly [number, number];
  readonly validation: readonly [number, number];
  readonly holdout: readonly [number, number];
}

/**
 * Index ranges `[from, to)` over rows whose `times` never decrease. A border is moved later until the time changes, so that rows of one
 * instant stay together and nothing of the future trains. Returns null when a part would be empty.
 */
export function splitByTime(
  times: readonly string[],
  shares: { readonly train: number; readonly validation: number },
): SplitRanges | null {
  const border = (share: number): number => {
    let index = Math.round(times.length * share);
    while (index > 0 && index < times.length && times[index] === times[index - 1]) index += 1;
    return index;
  };
  const first = border(shares.train);
  const second = border(shares.train + shares.validation);
  if (first <= 0 || second <= first || second >= times.length) return null;
  return { train: [0, first], validation: [first, second], holdout: [second, times.length] };
}
