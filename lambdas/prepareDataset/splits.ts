/** Divides the rows of a dataset as the model's `data.splits` says. */
import type { DatasetManifest } from "../../contracts/dataset.ts";
import type { ModelSpec } from "../../contracts/modelSpec.ts";
import { type Parts, splitByGroup, splitByTimeAndGroup } from "../../core/dataset/groupSplit.ts";
import { type SplitRanges, splitByTime } from "../../core/dataset/split.ts";

export interface FrozenRows {
  readonly times: readonly string[];
  readonly features: readonly (readonly string[])[];
  readonly labels: readonly number[];
  /** The labels as they stood in the data. */
  readonly labelTexts: readonly string[];
}

export interface DividedRows {
  /** Rows in the order of the parts, oldest first within each; those left out come not. */
  readonly rows: FrozenRows;
  readonly ranges: SplitRanges;
  /** What the manifest says about it; null for splits by time, which leave nothing out. */
  readonly rule: NonNullable<DatasetManifest["splitRule"]> | null;
}

/** Returns null when a part would be empty. */
export function divide(spec: ModelSpec, rows: FrozenRows): DividedRows | null {
  const { by = "time", column = "" } = spec.data.splits;
  if (by === "time") {
    const ranges = splitByTime(rows.times, spec.data.splits);
    return ranges && { rows, ranges, rule: null };
  }
  const at = spec.features.findIndex((feature) => feature.name === column);
  const groups = rows.features.map((row) => row[at] ?? "");
  const parts =
    by === "group"
      ? splitByGroup(groups, spec.data.splits)
      : splitByTimeAndGroup(rows.times, groups, spec.data.splits);
  if (parts === null) return null;
  const { train, validation, holdout, purged } = parts;
  const [first, second] = [train.length, train.length + validation.length];
  const count = (indices: readonly number[]): number => new Set(indices.map((i) => groups[i])).size;
  return {
    rows: pick(rows, parts),
    ranges: { train: [0, first], validation: [first, second], holdout: [second, second + holdout.length] },
    rule: {
      by,
      column,
      groups: { train: count(train), validation: count(validation), holdout: count(holdout) },
      purgedRows: purged.length,
      purgedGroups: count(purged),
    },
  };
}

function pick(rows: FrozenRows, { train, validation, holdout }: Parts): FrozenRows {
  const order = [...train, ...validation, ...holdout];
  const of = <T>(list: readonly T[]): T[] => order.map((index) => list[index] as T);
  return {
    times: of(rows.times),
    features: of(rows.features),
    labels: of(rows.labels),
    labelTexts: of(rows.labelTexts),
  };
}
