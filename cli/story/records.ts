/** The records table, read as an auditor reads it. */
import { ScanCommand, type ScanCommandOutput } from "@aws-sdk/client-dynamodb";
import type {
  LineageRecord,
  LiveRecord,
  ReleaseRecord,
  RetrainingRequestRecord,
  RetrainingState,
  RolloutRecord,
} from "../../contracts/records.ts";
import type { World } from "./world.ts";

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
