/** Captures joined with labels by Athena, in ranges of time that a Lambda puts in order one by one. */
import type { Joined } from "../../../core/dataset/join.ts";
import {
  countsSql,
  createCapturesSql,
  createLabelsSql,
  type JoinCounted,
  type JoinTables,
  joinCounts,
  joinedSizesSql,
  orderJoined,
  unloadedJoin,
  unloadJoinedSql,
} from "../../../core/dataset/large/join.ts";
import { rangeStarts } from "../../../core/dataset/large/ranges.ts";
import { dropTableSql } from "../../../core/dataset/large/sql.ts";
import type { Batch } from "../../../core/dataset/mergeRows.ts";
import { messageOf, SluiceError } from "../../shared/errors.ts";
import type { Objects } from "../../shared/objects.ts";
import { divide, type RangeContext, type Ranges, readRange } from "../../shared/ranges.ts";
import type { Dependencies } from "../dependencies.ts";
import { capturesUri, labelsUri, type TakenCaptures } from "./intake.ts";

export interface JoinedRanges extends Ranges {
  readonly counts: Joined["counts"];
}

/** Names of an execution's tables. */
export function tablesOf(database: string, execution: string): JoinTables {
  const name = `retraining_${execution.replaceAll("-", "_")}`;
  return { database, captures: `${name}_captures`, labels: `${name}_labels` };
}

export async function join(
  context: RangeContext,
  tables: JoinTables,
  taken: { readonly captures: TakenCaptures; readonly labels: number },
  charsOfRange: number,
): Promise<JoinedRanges> {
  const { athena, work, attempt } = context;
  await work.once(`tables-${attempt}`, async () => {
    await athena.query(createCapturesSql(tables, `${capturesUri(work)}/`));
    await athena.query(createLabelsSql(tables, `${labelsUri(work)}/`));
    return tables;
  });
  const counted = await work.once("counts", async () => {
    const rows = await athena.query(countsSql(tables));
    return Object.fromEntries(rows.map(({ what, n }) => [what, Number(n)])) as unknown as JoinCounted;
  });
  if (counted.captures !== taken.captures.rows || counted.labels !== taken.labels)
    throw new SluiceError(
      "TransientFailure",
      `Athena: expected ${taken.captures.rows} captures and ${taken.labels} labels in ${tables.database}.${tables.captures} and its like, got ${counted.captures} and ${counted.labels}; ask for the retraining again`,
    );
  const { sample, chars } = taken.captures;
  const starts = rangeStarts(sample, Math.max(1, Math.ceil(chars / charsOfRange))).map(({ time }) => time);
  const ranges = await divide(context, {
    ranges: starts.length + 1,
    sizesSql: joinedSizesSql(tables, starts),
    unloadSql: (range, place) => unloadJoinedSql(tables, starts, range, place),
    rows: null,
    table: `${tables.database}.${tables.captures}`,
    name: "joined",
  });
  const joined = ranges.rows.reduce((sum, rows) => sum + rows, 0);
  return { ...ranges, counts: joinCounts(counted, joined) };
}

/** The joined rows in order from a range on, a range at a time; a batch's place is its range. */
export async function* joinedRows(objects: Objects, ranges: Ranges, from: number): AsyncGenerator<Batch> {
  for (let at = from; at < ranges.folders.length; at++) {
    const rows = orderJoined(await readRange(objects, ranges, at, unloadedJoin));
    yield { at, rows: rows.map(({ cells }) => cells) };
  }
}

/** The rows stay for their days in S3; the tables are only names for them. */
export async function forgetTables(
  { athena, environment, log }: Pick<Dependencies, "athena" | "environment" | "log">,
  execution: string,
): Promise<void> {
  const { database, captures, labels } = tablesOf(environment.ATHENA_DATABASE, execution);
  for (const table of [captures, labels])
    try {
      await athena(execution).query(dropTableSql({ database, table }));
    } catch (error) {
      log.warn("a table of this retraining stays in the catalog", { table, reason: messageOf(error) });
    }
}
