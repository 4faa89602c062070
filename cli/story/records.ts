/** The records table, read as an auditor reads it. */
import {
  QueryCommand,
  type QueryCommandOutput,
  ScanCommand,
  type ScanCommandOutput,
} from "@aws-sdk/client-dynamodb";
import type {
  LineageRecord,
  LiveRecord,
  ReleaseRecord,
  RetrainingRequestRecord,
  RetrainingState,
  RolloutRecord,
} from "../../contracts/records.ts";
import { MODEL, type World } from "./world.ts";

export interface AllRecords {
  readonly releases: readonly ReleaseRecord[];
  readonly lineage: readonly LineageRecord[];
  readonly live: Readonly<Record<string, LiveRecord>>;
  readonly rollouts: Readonly<Record<string, RolloutRecord>>;
  readonly retraining: RetrainingState | null;
  readonly requests: readonly RetrainingRequestRecord[];
}

export async function readRecords({
  clients,
  foundation,
}: Pick<World, "clients" | "foundation">): Promise<AllRecords> {
  const items: { pk: string; sk: string; document: unknown }[] = [];
  let ExclusiveStartKey: ScanCommandOutput["LastEvaluatedKey"];
  do {
    const found: ScanCommandOutput = await clients.dynamodb.send(
      new ScanCommand({ TableName: foundation.recordsTable, ConsistentRead: true, ExclusiveStartKey }),
    );
    for (const item of found.Items ?? [])
      items.push({
        pk: item.pk?.S ?? "",
        sk: item.sk?.S ?? "",
        document: JSON.parse(item.document?.S ?? "null"),
      });
    ExclusiveStartKey = found.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  const of = <T>(test: (item: { pk: string; sk: string }) => boolean): T[] =>
    items.filter(test).map((item) => item.document as T);
  const byEnvironment = <T>(sk: string): Record<string, T> =>
    Object.fromEntries(
      items
        .filter((item) => item.pk.startsWith("ENDPOINT#") && item.sk === sk)
        .map((item) => [item.pk.split("#")[1] as string, item.document as T]),
    );
  return {
    releases: of<ReleaseRecord>((item) => item.pk.startsWith("RELEASE#")).sort((a, b) =>
      a.startedAt < b.startedAt ? -1 : 1,
    ),
    lineage: of<LineageRecord>((item) => item.pk.startsWith("LINEAGE#")).sort((a, b) =>
      a.deployedAt < b.deployedAt ? -1 : 1,
    ),
    live: byEnvironment<LiveRecord>("LIVE"),
    rollouts: byEnvironment<RolloutRecord>("ROLLOUT"),
    retraining:
      of<RetrainingState>((item) => item.pk.startsWith("RETRAINING#") && item.sk === "STATE")[0] ?? null,
    requests: of<RetrainingRequestRecord>(
      (item) => item.pk.startsWith("RETRAINING#") && item.sk.startsWith("REQUEST#"),
    ).sort((a, b) => (a.decidedAt < b.decidedAt ? -1 : 1)),
  };
}

/** What there is to tell of a running story: deployments and answers to retraining requests, each in the order of their time. */
export async function readNews(
  world: Pick<World, "clients" | "foundation">,
): Promise<Pick<AllRecords, "lineage" | "requests">> {
  const [lineage, requests] = await Promise.all([
    query<LineageRecord>(world, `LINEAGE#${MODEL}`, ""),
    query<RetrainingRequestRecord>(world, `RETRAINING#${MODEL}`, "REQUEST#"),
  ]);
  return { lineage, requests };
}

/** Items of a partition whose sort key begins so. */
async function query<T>(
  { clients, foundation }: Pick<World, "clients" | "foundation">,
  pk: string,
  prefix: string,
): Promise<T[]> {
  const items: T[] = [];
  let ExclusiveStartKey: QueryCommandOutput["LastEvaluatedKey"];
  do {
    const page: QueryCommandOutput = await clients.dynamodb.send(
      new QueryCommand({
        TableName: foundation.recordsTable,
        KeyConditionExpression: prefix === "" ? "pk = :pk" : "pk = :pk AND begins_with(sk, :sk)",
        ExpressionAttributeValues: { ":pk": { S: pk }, ...(prefix === "" ? {} : { ":sk": { S: prefix } }) },
        ConsistentRead: true,
        ExclusiveStartKey,
      }),
    );
    for (const item of page.Items ?? []) items.push(JSON.parse(item.document?.S ?? "null") as T);
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return items;
}
