/** The records table: typed items, optimistic locking by `version`. */

import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import type { Versioned } from "../../contracts/records.ts";
import { SluiceError } from "./errors.ts";

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** What handlers need of the table; tests give a map. */
export interface Records {
  load<T>(key: Key): Promise<T | null>;
  /** Writes `item` with `version + 1` if the stored version is still `item.version` (0: does not exist yet). */
  save<T extends Versioned>(key: Key, item: T): Promise<T>;
  /** Writes once; a second write of the same key changes nothing. Returns false then. */
  append(key: Key, item: object): Promise<boolean>;
  /** Items of a partition whose sort key begins so, in order. */
  list<T>(pk: string, skPrefix: string): Promise<T[]>;
}

/** The item lies as one JSON document beside its keys: the table is a record store, nothing queries inside. */
export function dynamoRecords(tableName: string, client = new DynamoDBClient()): Records {
  const read = <T>(item: Record<string, AttributeValue>): T => JSON.parse(item.document?.S ?? "null") as T;
  const toItem = (key: Key, item: object, version: number): Record<string, AttributeValue> => ({
    pk: { S: key.pk },
    sk: { S: key.sk },
    version: { N: String(version) },
    document: { S: JSON.stringify(item) },
  });
  return {
    async load<T>(key: Key) {
      const { Item } = await client.send(
        new GetItemCommand({
          TableName: tableName,
          Key: { pk: { S: key.pk }, sk: { S: key.sk } },
          ConsistentRead: true,
        }),
      );
      return Item ? read<T>(Item) : null;
    },
    async save(key, item) {
      const next = { ...item, version: item.version + 1 };
      const isNew = item.version === 0;
      const saved = await putIf(
        client,
        tableName,
        toItem(key, next, next.version),
        isNew ? null : item.version,
      );
      if (!saved)
        throw new SluiceError(
          "RecordChanged",
          `${key.pk}/${key.sk}: expected version ${item.version}, another writer was faster; run the step again`,
        );
      return next;
    },
    append: (key, item) => putIf(client, tableName, toItem(key, item, 1), null),
    async list<T>(pk: string, skPrefix: string) {
      const items: T[] = [];
      let start: Record<string, AttributeValue> | undefined;
      do {
        const page = await client.send(
          new QueryCommand({
            TableName: tableName,
            // DynamoDB takes no empty string as a key, not even as a prefix.
            KeyConditionExpression: skPrefix === "" ? "pk = :pk" : "pk = :pk AND begins_with(sk, :sk)",
            ExpressionAttributeValues: {
              ":pk": { S: pk },
              ...(skPrefix === "" ? {} : { ":sk": { S: skPrefix } }),
            },
            ConsistentRead: true,
            ExclusiveStartKey: start,
          }),
        );
        items.push(...(page.Items ?? []).map((item) => read<T>(item)));
        start = page.LastEvaluatedKey;
      } while (start);
      return items;
    },
  };
}

async function putIf(
  client: DynamoDBClient,
  table: string,
  item: Record<string, AttributeValue>,
  version: number | null,
): Promise<boolean> {
  try {
    await client.send(
      new PutItemCommand({
        TableName: table,
        Item: item,
        ...(version === null
          ? { ConditionExpression: "attribute_not_exists(pk)" }
          : {
              ConditionExpression: "version = :version",
              ExpressionAttributeValues: { ":version": { N: String(version) } },
            }),
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === "ConditionalCheckFailedException") return false;
    throw error;
  }
}

/** Loads or fails with the key in the message. */
export async function mustLoad<T>(records: Records, key: Key): Promise<T> {
  const item = await records.load<T>(key);
  if (item === null)
    throw new SluiceError("MissingRecord", `${key.pk}/${key.sk}: expected a record, found none`);
  return item;
}

/** Loads, changes and saves; a lost race is tried again with the newer record. */
export async function change<T extends Versioned>(
  records: Records,
  key: Key,
  initial: T | null,
  edit: (record: T) => T,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const current = (await records.load<T>(key)) ?? initial;
    if (current === null)
      throw new SluiceError("MissingRecord", `${key.pk}/${key.sk}: expected a record, found none`);
    try {
      return await records.save(key, edit(current));
    } catch (error) {
      if (!(error instanceof SluiceError) || error.code !== "RecordChanged" || attempt === 5) throw error;
    }
  }
}
