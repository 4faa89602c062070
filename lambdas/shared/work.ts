/** Work that takes several turns of a pipeline action or a state machine: each step is done once and its result kept, whoever asks and however often. */
import { SluiceError } from "./errors.ts";
import type { Objects } from "./objects.ts";

/** Enough was done for one turn: whoever asked is to ask again. */
export class TurnOver extends Error {}

/** How long this turn may still last. */
export interface Clock {
  /** Milliseconds. */
  readonly left: () => number;
}

/** Before Lambda ends a process, there must be time to say why. */
const RESERVE = 20_000;

/** @throws SluiceError `BadData` when the turn cannot end in time; `what` says what was too large and what to do */
export function mustHaveTime(clock: Clock, what: string): void {
  if (clock.left() < RESERVE) throw new SluiceError("BadData", `${what} takes longer than a Lambda may run`);
}

/** Steps below a folder. Every step must give the same result from the same plan, because two turns may do it at once. */
export class Work {
  /** `s3://bucket/folder`, without a slash at its end. */
  readonly uri: string;
  readonly #objects: Objects;
  readonly #done: Set<string>;

  private constructor(objects: Objects, uri: string, done: Set<string>) {
    this.#objects = objects;
    this.uri = uri;
    this.#done = done;
  }

  static async open(objects: Objects, uri: string): Promise<Work> {
    const found = await objects.list(`${uri}/steps/`);
    return new Work(objects, uri, new Set(found.map((object) => object.uri)));
  }

  /** The step's result as JSON keeps it. */
  async once<T>(name: string, work: () => Promise<T>): Promise<T> {
    const uri = `${this.uri}/steps/${name}.json`;
    if (!this.#done.has(uri)) {
      await this.#objects.putNew(uri, JSON.stringify(await work()), "application/json");
      this.#done.add(uri);
    }
    return JSON.parse(await this.#objects.getText(uri)) as T;
  }

  /** A step that may take most of a turn: when it had to be done, the turn is over. */
  async turn<T>(name: string, work: () => Promise<T>): Promise<T> {
    const isDone = this.#done.has(`${this.uri}/steps/${name}.json`);
    const result = await this.once(name, work);
    if (!isDone) throw new TurnOver(name);
    return result;
  }
}
