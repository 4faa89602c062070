/** What a host remembers of one stack: a JSON file, written whole after every step, so that a kill loses at most the step in flight. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Properties } from "../definition.ts";

export interface SavedResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** False for components and the stack itself, which exist in the program only. */
  readonly custom: boolean;
  readonly id: string;
  readonly inputs: Properties;
  readonly state: Properties;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  /** A newer one has replaced it; it goes at the end of the run, or of the next. */
  readonly condemned?: true;
  /** How often its kind was replaced: gives the next one another automatic name. */
  readonly generation: number;
}

export interface SavedStack {
  readonly stack: string;
  readonly outputs: Properties;
  /** In the order of creation: what comes later may depend on what came before. */
  readonly resources: readonly SavedResource[];
}

export class StateFile {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = path.join(folder, "stacks");
  }

  load(stack: string): SavedStack {
    const file = this.#file(stack);
    if (!existsSync(file)) return { stack, outputs: {}, resources: [] };
    return JSON.parse(readFileSync(file, "utf8")) as SavedStack;
  }

  /** Undefined when the stack was never brought up. */
  outputs(stack: string): Properties | undefined {
    return existsSync(this.#file(stack)) ? this.load(stack).outputs : undefined;
  }

  save(saved: SavedStack): void {
    const file = this.#file(saved.stack);
    mkdirSync(this.#folder, { recursive: true });
    writeFileSync(`${file}.new`, `${JSON.stringify(saved, null, 1)}\n`);
    renameSync(`${file}.new`, file);
  }

  #file(stack: string): string {
    return path.join(this.#folder, `${stack}.json`);
  }
}
