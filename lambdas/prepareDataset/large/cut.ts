/** Finds where the parts of a dataset begin, and how many rows and groups each has. */
import type { ModelSpec } from "../../../contracts/modelSpec.ts";
import { type Cut, groupCut, type PartName, rowsBeforeBorders } from "../../../core/dataset/large/cut.ts";
import { type LargeTable, partSizesSql } from "../../../core/dataset/large/sql.ts";
import type { AthenaStatements } from "../../shared/athena.ts";
import type { Ranges } from "../../shared/ranges.ts";
import type { SplitRule } from "../manifest.ts";
import type { OrderedReader } from "./ordered.ts";

/** null when a part would be empty. */
export async function findCut(
  { data }: ModelSpec,
  ordered: Ranges,
  reader: OrderedReader,
): Promise<Cut | null> {
  const { by = "time" } = data.splits;
  if (by === "group") return groupCut(data.splits);
  const rows = ordered.rows.reduce((sum, count) => sum + count, 0);
  const before = rowsBeforeBorders(rows, data.splits);
  if (before === null) return null;
  const validation = await nextTime(ordered, reader, before.validation);
  const holdout = await nextTime(ordered, reader, before.holdout);
  return validation === null || holdout === null || holdout <= validation
    ? null
    : { by, validation, holdout };
}

/** The first time later than that of the row before place `before`; null where there is none. */
async function nextTime(
  { rows: counts }: Ranges,
  reader: OrderedReader,
  before: number,
): Promise<string | null> {
  let range = 0;
  let place = before - 1;
  while (place >= (counts[range] as number)) {
    place -= counts[range] as number;
    range++;
  }
  let last: string | undefined;
  for (; range < reader.ranges; range++) {
    const rows = await reader.read(range);
    last ??= rows[place]?.time ?? "";
    const later = rows.find(({ time }) => time > (last as string));
    if (later !== undefined) return later.time;
  }
  return null;
}

export interface PartSize {
  readonly rows: number;
  readonly groups: number;
}
export type PartSizes = Readonly<Record<PartName, PartSize>>;

const NOBODY: PartSize = { rows: 0, groups: 0 };

export async function countParts(athena: AthenaStatements, table: LargeTable, cut: Cut): Promise<PartSizes> {
  const found = await athena.query(partSizesSql(table, cut));
  const sizes = found.map(({ part, n, kinds }) => [part, { rows: Number(n), groups: Number(kinds) }]);
  return { train: NOBODY, validation: NOBODY, holdout: NOBODY, purged: NOBODY, ...Object.fromEntries(sizes) };
}

export const isWhole = ({ train, validation, holdout }: PartSizes): boolean =>
  train.rows > 0 && validation.rows > 0 && holdout.rows > 0;

/** What the manifest says of groups. */
export function ruleOf({ data }: ModelSpec, { train, validation, holdout, purged }: PartSizes): SplitRule {
  const { by = "time", column = "" } = data.splits;
  if (by === "time") return null;
  return {
    by,
    column,
    groups: { train: train.groups, validation: validation.groups, holdout: holdout.groups },
    purgedRows: purged.rows,
    purgedGroups: purged.groups,
  };
}
