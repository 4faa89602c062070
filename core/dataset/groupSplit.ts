/** Splits that keep groups whole: all rows of a customer, device or branch lie in one part, so that none is judged by what it taught. */
import { md5 } from "./dvc/md5.ts";
import { splitByTime } from "./split.ts";

export interface Shares {
  readonly train: number;
  readonly validation: number;
}

/** Rows of each part, as indices in their order. */
export interface Parts {
  readonly train: readonly number[];
  readonly validation: readonly number[];
  readonly holdout: readonly number[];
  /** Rows left out, because their group is in a later part. */
  readonly purged: readonly number[];
}

/**
 * Place of a group, 0 to 1: the first 32 bits of the md5 of its text. It depends on nothing else, so a group stays in its part when rows
 * or other groups come and go, and in every dataset that has the same shares.
 */
export const placeOf = (group: string): number => Number.parseInt(md5(group).slice(0, 8), 16) / 2 ** 32;

/** Parts by the place of each row's group. Returns null when a part would be empty. */
export function splitByGroup(groups: readonly string[], shares: Shares): Parts | null {
  const partOf = new Map<string, "train" | "validation" | "holdout">();
  const parts = { train: [] as number[], validation: [] as number[], holdout: [] as number[], purged: [] };
  groups.forEach((group, index) => {
    let part = partOf.get(group);
    if (part === undefined) {
      const place = placeOf(group);
      part =
        place < shares.train ? "train" : place < shares.train + shares.validation ? "validation" : "holdout";
      partOf.set(group, part);
    }
    parts[part].push(index);
  });
  return isWhole(parts) ? parts : null;
}

/**
 * Parts by time, then without the earlier rows of every group that comes back later: the holdout is newer than what trains, and its
 * groups are new to the model. `times` never decrease. Returns null when a part would be empty.
 */
export function splitByTimeAndGroup(
  times: readonly string[],
  groups: readonly string[],
  shares: Shares,
): Parts | null {
  const ranges = splitByTime(times, shares);
  if (ranges === null) return null;
  const later = new Set<string>();
  const purged: number[] = [];
  const keep = ([from, to]: readonly [number, number]): number[] => {
    const indices = Array.from({ length: to - from }, (_, i) => from + i);
    const kept = indices.filter((index) => !later.has(groups[index] as string));
    purged.push(...indices.filter((index) => later.has(groups[index] as string)));
    for (const index of kept) later.add(groups[index] as string);
    return kept;
  };
  const holdout = keep(ranges.holdout);
  const validation = keep(ranges.validation);
  const train = keep(ranges.train);
  const parts = { train, validation, holdout, purged: purged.sort((a, b) => a - b) };
  return isWhole(parts) ? parts : null;
}

const isWhole = ({ train, validation, holdout }: Parts): boolean =>
  train.length > 0 && validation.length > 0 && holdout.length > 0;
