import assert from "node:assert/strict";
import { test } from "node:test";
import type { AthenaClient } from "@aws-sdk/client-athena";
import { athenaRunner } from "../../../lambdas/shared/athena.ts";
import { SluiceError } from "../../../lambdas/shared/errors.ts";

interface Call {
  readonly name: string;
  readonly input: Record<string, unknown>;
}

/** Athena with the states and pages that a test gives it; the same token starts nothing new. */
class FakeAthena {
  readonly calls: Call[] = [];
  readonly started = new Map<string, string>();
  readonly #states: Record<string, unknown>[];
  readonly #pages: readonly (readonly (string | null)[])[][];

  constructor(states: Record<string, unknown>[], pages: readonly (readonly (string | null)[])[][] = []) {
    this.#states = states;
    this.#pages = pages;
  }

  get client(): AthenaClient {
    return {
      send: (command: unknown) => this.#send(command as Call & { constructor: { name: string } }),
    } as never;
  }

  async #send(command: { constructor: { name: string }; input: Record<string, unknown> }): Promise<unknown> {
    const call = { name: command.constructor.name.replace("Command", ""), input: command.input };
    this.calls.push(call);
    switch (call.name) {
      case "StartQueryExecution": {
        const token = String(call.input.ClientRequestToken);
        const id = this.started.get(token) ?? `q${this.started.size}`;
        this.started.set(token, id);
        return { QueryExecutionId: id };
      }
      case "GetQueryExecution":
        return {
          QueryExecution: { Status: this.#states.length > 1 ? this.#states.shift() : this.#states[0] },
        };
      case "GetQueryResults": {
        const at = Number(call.input.NextToken ?? 0);
        const rows = (this.#pages[at] ?? []).map((row) => ({
          Data: row.map((value) => (value === null ? {} : { VarCharValue: value })),
        }));
        return {
          ResultSet: { Rows: rows, ResultSetMetadata: { ColumnInfo: [{ Name: "k" }, { Name: "v" }] } },
          NextToken: at + 1 < this.#pages.length ? String(at + 1) : undefined,
        };
      }
      default:
        return {};
    }
  }
}

const sleep = async (): Promise<void> => {};
const runnerOf = (athena: FakeAthena, key = "execution-1") =>
  athenaRunner({ workGroup: "sluice", key, client: athena.client, sleep });

test("rows of all pages come without the header, a NULL as null", async () => {
  const athena = new FakeAthena(
    [{ State: "QUEUED" }, { State: "RUNNING" }, { State: "SUCCEEDED" }],
    [
      [
        ["k", "v"],
        ["0", null],
      ],
      [["k", "v"]],
    ],
  );

  assert.deepEqual(await runnerOf(athena).query("SELECT"), [
    { k: "0", v: null },
    { k: "k", v: "v" },
  ]);
});

test("a statement under the same key is started once, under another key again", async () => {
  const athena = new FakeAthena([{ State: "SUCCEEDED" }], [[["k", "v"]]]);
  await runnerOf(athena).query("SELECT 1");
  await runnerOf(athena).query("SELECT 1");
  assert.equal(athena.started.size, 1);
  await runnerOf(athena).query("SELECT 2");
  await runnerOf(athena, "execution-2").query("SELECT 1");

  assert.equal(athena.started.size, 3);
  assert.ok([...athena.started.keys()].every((token) => token.length >= 32 && token.length <= 128));
});

test("what Athena calls retryable is tried again under a token of its own, three times in all", async () => {
  const failed = { State: "FAILED", StateChangeReason: "no resources", AthenaError: { Retryable: true } };
  const recovering = new FakeAthena([failed, { State: "SUCCEEDED" }], [[["k", "v"]]]);
  await runnerOf(recovering).query("SELECT");
  assert.equal(recovering.started.size, 2);
  const broken = new FakeAthena([failed]);

  await assert.rejects(
    runnerOf(broken).query("SELECT"),
    (e: unknown) => e instanceof SluiceError && e.code === "TransientFailure",
  );
  assert.equal(broken.started.size, 3);
});

test("a failure for good says Athena's reason and is not tried again", async () => {
  const athena = new FakeAthena([{ State: "FAILED", StateChangeReason: "HIVE_BAD_DATA: line 3" }]);

  await assert.rejects(
    runnerOf(athena).query("SELECT"),
    (e: unknown) =>
      e instanceof SluiceError && e.code === "BadData" && /"FAILED": HIVE_BAD_DATA: line 3/.test(e.message),
  );
  assert.equal(athena.started.size, 1);
});

test("a statement past the patience is stopped", async () => {
  const athena = new FakeAthena([{ State: "RUNNING" }]);

  await assert.rejects(
    athenaRunner({ workGroup: "w", key: "k", client: athena.client, sleep, patience: 1000 }).query("SELECT"),
    (e: unknown) =>
      e instanceof SluiceError && e.code === "TransientFailure" && /within 1000 ms/.test(e.message),
  );
  assert.equal(athena.calls.at(-1)?.name, "StopQueryExecution");
});
