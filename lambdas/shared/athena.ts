/** Athena as the runner of the SQL engine. */
import { createHash } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  GetTableMetadataCommand,
  type QueryExecution,
  type Row,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import type { SqlColumn, SqlRow, SqlRunner } from "../../core/validation/sql/index.ts";
import { SluiceError } from "./errors.ts";

export interface AthenaOptions {
  readonly workGroup: string;
  /** Business key of the work, for example the execution id: the same statement under it is started once. */
  readonly key: string;
  /** Where results go, `s3://bucket/prefix/`; default: what the workgroup says. */
  readonly outputLocation?: string;
  /** Milliseconds until a statement is given up; default ten minutes, short of a Lambda's fifteen. */
  readonly patience?: number;
  /**
   * What becomes of a statement that takes longer: it is stopped (default), or goes on, and the same key and statement ask for it again. Then
   * AthenaGoesOn is thrown.
   */
  readonly whenLate?: "stop" | "leave";
  readonly client?: AthenaClient;
  /** Waits some milliseconds. */
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
}

/** The statement still runs: ask again later, under the same key. */
export class AthenaGoesOn extends Error {}

/** Athena says itself which failures are worth another try; more tries than this were never worth it. */
const MOST_TRIES = 3;
const SHORTEST_WAIT = 200;
const LONGEST_WAIT = 5_000;

/**
 * Runs SELECTs in Athena. A statement that the same key has run before is not run again: its answer is fetched.
 * Rejects with SluiceError: BadData with Athena's reason when the statement fails for good, TransientFailure when it
 * is cancelled, takes longer than the patience (it is then stopped) or fails again in a way that Athena calls retryable.
 */
export function athenaRunner(options: AthenaOptions): AthenaStatements {
  const runner = new AthenaRunner(options);
  return { query: (sql) => runner.query(() => sql), execute: (sqlOf) => runner.query(sqlOf) };
}

/** Statements of work that is done in turns, by key: one that takes longer than the patience (milliseconds) goes on, and the next turn asks for it again. */
export function athenaInTurns(workGroup: string, patience: number): (key: string) => AthenaStatements {
  const client = new AthenaClient();
  return (key) => athenaRunner({ workGroup, key, patience, whenLate: "leave", client });
}

export interface AthenaStatements extends SqlRunner {
  /** Runs a statement that must differ from try to try, because it writes to a place that must be empty. */
  execute(sqlOf: (attempt: number) => string): Promise<SqlRow[]>;
}

class AthenaRunner {
  readonly #options: AthenaOptions;
  readonly #client: AthenaClient;
  readonly #sleep: (milliseconds: number) => Promise<unknown>;

  constructor(options: AthenaOptions) {
    this.#options = options;
    this.#client = options.client ?? new AthenaClient({});
    this.#sleep = options.sleep ?? ((milliseconds) => wait(milliseconds));
  }

  async query(sqlOf: (attempt: number) => string): Promise<SqlRow[]> {
    for (let attempt = 1; ; attempt++) {
      const id = await this.#start(sqlOf(attempt), attempt);
      const execution = await this.#finished(id);
      if (execution.Status?.State === "SUCCEEDED") return await this.#rows(id);
      const isRetryable = execution.Status?.AthenaError?.Retryable === true;
      if (!isRetryable || attempt === MOST_TRIES) throw failureOf(id, execution, isRetryable);
    }
  }

  async #start(sql: string, attempt: number): Promise<string> {
    const { key, workGroup, outputLocation } = this.#options;
    const { QueryExecutionId } = await this.#client.send(
      new StartQueryExecutionCommand({
        QueryString: sql,
        // A failed statement would be given back under its token, so that each try has its own.
        ClientRequestToken: createHash("sha256")
          .update(JSON.stringify([key, attempt, sql]))
          .digest("hex"),
        WorkGroup: workGroup,
        ...(outputLocation === undefined ? {} : { ResultConfiguration: { OutputLocation: outputLocation } }),
      }),
    );
    if (QueryExecutionId === undefined)
      throw new SluiceError("TransientFailure", "Athena: expected the id of a query, got none");
    return QueryExecutionId;
  }

  async #finished(id: string): Promise<QueryExecution> {
    const { patience = 600_000, whenLate = "stop" } = this.#options;
    let waited = 0;
    for (let pause = SHORTEST_WAIT; ; pause = Math.min(2 * pause, LONGEST_WAIT)) {
      const { QueryExecution: execution } = await this.#client.send(
        new GetQueryExecutionCommand({ QueryExecutionId: id }),
      );
      const state = execution?.Status?.State;
      if (execution !== undefined && state !== "QUEUED" && state !== "RUNNING") return execution;
      if (waited >= patience && whenLate === "leave")
        throw new AthenaGoesOn(`Athena query ${id} goes on after ${waited} ms`);
      if (waited >= patience) {
        await this.#client.send(new StopQueryExecutionCommand({ QueryExecutionId: id }));
        throw new SluiceError(
          "TransientFailure",
          `Athena query ${id}: expected an answer within ${patience} ms, got state ${JSON.stringify(state)}; it was stopped, try again or give the workgroup more capacity`,
        );
      }
      await this.#sleep(pause);
      waited += pause;
    }
  }

  async #rows(id: string): Promise<SqlRow[]> {
    const rows: SqlRow[] = [];
    let token: string | undefined;
    let isFirst = true;
    do {
      const { ResultSet, NextToken } = await this.#client.send(
        new GetQueryResultsCommand({ QueryExecutionId: id, NextToken: token }),
      );
      const names = ResultSet?.ResultSetMetadata?.ColumnInfo?.map(({ Name }) => Name ?? "") ?? [];
      // The first page of a SELECT begins with the names of its columns.
      const page = (ResultSet?.Rows ?? []).slice(isFirst ? 1 : 0);
      for (const row of page) rows.push(rowOf(row, names));
      isFirst = false;
      token = NextToken;
    } while (token !== undefined);
    return rows;
  }
}

function rowOf({ Data }: Row, names: readonly string[]): SqlRow {
  return Object.fromEntries(names.map((name, i) => [name, Data?.[i]?.VarCharValue ?? null]));
}

function failureOf(id: string, { Status }: QueryExecution, isRetryable: boolean): SluiceError {
  const isPassing = isRetryable || Status?.State === "CANCELLED";
  return new SluiceError(
    isPassing ? "TransientFailure" : "BadData",
    `Athena query ${id}: expected it to succeed, got ${JSON.stringify(Status?.State)}: ${Status?.StateChangeReason ?? "no reason"}; ${isPassing ? "try again" : "see its reason and the table's definition"}`,
  );
}

/** Columns of a table in their order, partition keys last, as `SELECT *` has them. */
export async function athenaColumns(
  table: { readonly catalog?: string; readonly database: string; readonly name: string },
  client = new AthenaClient({}),
): Promise<SqlColumn[]> {
  const { TableMetadata } = await client.send(
    new GetTableMetadataCommand({
      CatalogName: table.catalog ?? "AwsDataCatalog",
      DatabaseName: table.database,
      TableName: table.name,
    }),
  );
  const columns = [...(TableMetadata?.Columns ?? []), ...(TableMetadata?.PartitionKeys ?? [])];
  return columns.map(({ Name, Type }) => ({ name: Name ?? "", type: Type ?? "" }));
}
