/** In-memory stand-ins for the ports of the Lambdas. They keep the rules that handlers rely on: versions, write-once, key order. */
import { createHash } from "node:crypto";
import type { Versioned } from "../../contracts/records.ts";
import type { DvcRemote } from "../../lambdas/prepareDataset/dvcRemote.ts";
import type { AthenaStatements } from "../../lambdas/shared/athena.ts";
import { SluiceError } from "../../lambdas/shared/errors.ts";
import type { LargeObjects, ObjectWriter, ReadOptions } from "../../lambdas/shared/largeObjects.ts";
import type { Log } from "../../lambdas/shared/logger.ts";
import type { Objects, StoredObject } from "../../lambdas/shared/objects.ts";
import type { JobOutcome, JobResults } from "../../lambdas/shared/pipelineJob.ts";
import type { Key, Records } from "../../lambdas/shared/records.ts";

export class FakeRecords implements Records {
  readonly items = new Map<string, unknown>();
  static key({ pk, sk }: Key): string {
    return `${pk}|${sk}`;
  }
  async load<T>(key: Key): Promise<T | null> {
    const item = this.items.get(FakeRecords.key(key));
    return item === undefined ? null : (structuredClone(item) as T);
  }
  async save<T extends Versioned>(key: Key, item: T): Promise<T> {
    const stored = this.items.get(FakeRecords.key(key)) as Versioned | undefined;
    if ((stored?.version ?? 0) !== item.version)
      throw new SluiceError("RecordChanged", `${key.pk}/${key.sk}`);
    const next = { ...item, version: item.version + 1 };
    this.items.set(FakeRecords.key(key), structuredClone(next));
    return next;
  }
  async append(key: Key, item: object): Promise<boolean> {
    if (this.items.has(FakeRecords.key(key))) return false;
    this.items.set(FakeRecords.key(key), structuredClone(item));
    return true;
  }
  async list<T>(pk: string, skPrefix: string): Promise<T[]> {
    return [...this.items]
      .filter(([key]) => key.startsWith(`${pk}|${skPrefix}`))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, item]) => structuredClone(item) as T);
  }
  /** Puts a record there as if it had been written before. */
  put(key: Key, item: object): void {
    this.items.set(FakeRecords.key(key), structuredClone({ version: 1, ...item }));
  }
}

export class FakeObjects implements Objects {
  readonly bodies = new Map<string, Uint8Array>();
  writes = 0;
  async get(uri: string): Promise<Uint8Array> {
    const body = this.bodies.get(uri);
    if (!body) throw new SluiceError("InvalidArtifact", `${uri}: expected an object, found none`);
    return body;
  }
  async getText(uri: string): Promise<string> {
    return new TextDecoder().decode(await this.get(uri));
  }
  async put(uri: string, body: Uint8Array | string): Promise<void> {
    this.writes += 1;
    this.bodies.set(uri, typeof body === "string" ? new TextEncoder().encode(body) : body);
  }
  async putNew(uri: string, body: Uint8Array | string): Promise<boolean> {
    if (this.bodies.has(uri)) return false;
    await this.put(uri, body);
    return true;
  }
  async remove(uri: string): Promise<void> {
    this.bodies.delete(uri);
  }
  async list(prefixUri: string): Promise<StoredObject[]> {
    return [...this.bodies]
      .filter(([uri]) => uri.startsWith(prefixUri))
      .map(([uri, body]) => ({ uri, bytes: body.length, etag: createHash("md5").update(body).digest("hex") }))
      .sort((a, b) => (a.uri < b.uri ? -1 : 1));
  }
  json<T>(uri: string): T {
    return JSON.parse(new TextDecoder().decode(this.bodies.get(uri))) as T;
  }
}

/** Streams and parts over the same objects. */
export class FakeLargeObjects implements LargeObjects {
  readonly #objects: FakeObjects;
  constructor(objects: FakeObjects) {
    this.#objects = objects;
  }
  async read(uri: string, { from = 0 }: ReadOptions = {}): Promise<AsyncIterable<Uint8Array>> {
    return inChunks((await this.#objects.get(uri)).subarray(from));
  }
  writer(uri: string): ObjectWriter {
    const chunks: Uint8Array[] = [];
    return {
      write: async (chunk) => void chunks.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk),
      end: async () => {
        const body = Buffer.concat(chunks);
        await this.#objects.put(uri, body);
        const hash = (kind: string): string => createHash(kind).update(body).digest("hex");
        return { bytes: body.length, sha256: hash("sha256"), md5: hash("md5") };
      },
      abandon: async () => undefined,
    };
  }
  async copyNew(from: string, to: string): Promise<boolean> {
    return this.#objects.putNew(to, await this.#objects.get(from));
  }
  async copy(from: string, to: string): Promise<void> {
    await this.#objects.put(to, await this.#objects.get(from));
  }
}

/** What the Data stage has for large data, in tests whose data are small: it must not be asked for anything. */
export const ATHENA_SETTINGS = {
  ATHENA_ABOVE_BYTES: "200000000",
  ATHENA_WORKGROUP: "workgroup",
  ATHENA_DATABASE: "database",
};
export const noAthena = (): AthenaStatements => {
  const refuse = async (): Promise<never> => {
    throw new Error("small data do not go over Athena");
  };
  return { query: refuse, execute: refuse };
};

/** More than one chunk, as from the network. */
async function* inChunks(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body.subarray(0, 7);
  yield body.subarray(7);
}

/** A DVC remote over the same objects; a key is written once. */
export class FakeDvcRemote implements DvcRemote {
  readonly #objects: FakeObjects;
  constructor(objects: FakeObjects) {
    this.#objects = objects;
  }
  async read(uri: string): Promise<AsyncIterable<Uint8Array>> {
    const body = this.#objects.bodies.get(uri);
    if (!body) throw new SluiceError("DvcObjectMissing", "no such object; run dvc push");
    return inChunks(body);
  }
  async putNew(uri: string, body: Uint8Array | string): Promise<void> {
    if (!this.#objects.bodies.has(uri)) await this.#objects.put(uri, body);
  }
}

export class FakeJobResults implements JobResults {
  readonly outcomes: (
    | { jobId: string; outcome: JobOutcome }
    | { jobId: string; code: string; message: string }
  )[] = [];
  async succeed(jobId: string, outcome: JobOutcome): Promise<void> {
    this.outcomes.push({ jobId, outcome });
  }
  async fail(jobId: string, code: string, message: string): Promise<void> {
    this.outcomes.push({ jobId, code, message });
  }
}

interface SentCommand {
  readonly name: string;
  readonly input: Record<string, unknown>;
}

/** An SDK client that records commands and answers from a table by command name; an Error in the table is thrown. */
export class FakeClient {
  readonly sent: SentCommand[] = [];
  readonly #answers: Record<string, unknown>;
  constructor(answers: Record<string, unknown> = {}) {
    this.#answers = answers;
  }
  // biome-ignore lint/suspicious/noExplicitAny: stands in for clients of many services
  send = async (command: any): Promise<any> => {
    const name = String(command.constructor.name).replace(/Command$/, "");
    this.sent.push({ name, input: command.input as Record<string, unknown> });
    const answer = this.#answers[name];
    const value =
      typeof answer === "function" ? (answer as (input: unknown) => unknown)(command.input) : answer;
    if (value instanceof Error) throw value;
    return value ?? {};
  };
  inputs(name: string): Record<string, unknown>[] {
    return this.sent.filter((command) => command.name === name).map((command) => command.input);
  }
}

export const silentLog: Log = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  appendKeys: () => undefined,
  resetKeys: () => undefined,
};
