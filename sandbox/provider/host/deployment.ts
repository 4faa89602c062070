/** What an engine does with one stack, as far as a sandbox needs it: compare, make, change, replace, delete, in dependency order. */
import { isDeepStrictEqual } from "node:util";
import { withAssetHash } from "../assets.ts";
import { same } from "../compare.ts";
import type { Properties } from "../definition.ts";
import type { Diff, Provider } from "../provider.ts";
import { ignoring } from "./ignoring.ts";
import type { SavedResource, SavedStack, StateFile } from "./state.ts";

export interface Registration {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  readonly inputs: Properties;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly ignoreChanges: readonly string[];
  readonly replaceOnChanges: readonly string[];
  readonly deleteBeforeReplace: boolean | undefined;
  readonly aliases: readonly string[];
}

/** Numbers of AWS resources; components are not counted. A type alias, so that it is also a plain record of numbers. */
export type Summary = {
  created: number;
  updated: number;
  replaced: number;
  deleted: number;
  same: number;
  /** Same only because of `ignoreChanges`; part of `same`. */
  ignored: number;
  /** Left in AWS by `retainOnDelete`, forgotten by the stack. */
  retained: number;
};

export interface DeploymentOptions {
  readonly project: string;
  readonly stack: string;
  readonly preview: boolean;
  readonly provider: Provider;
  readonly states: StateFile;
  readonly log: (line: string) => void;
}

export class Deployment {
  readonly summary: Summary = {
    created: 0,
    updated: 0,
    replaced: 0,
    deleted: 0,
    same: 0,
    ignored: 0,
    retained: 0,
  };
  readonly #options: DeploymentOptions;
  #outputs: Properties;
  /** Registered in this run, in order. */
  readonly #current: SavedResource[] = [];
  /** Of earlier runs, not (yet) registered in this one. */
  #earlier: SavedResource[];

  constructor(options: DeploymentOptions) {
    this.#options = options;
    const saved = options.states.load(options.stack);
    this.#earlier = [...saved.resources];
    this.#outputs = saved.outputs;
  }

  get resources(): readonly SavedResource[] {
    return [...this.#current, ...this.#earlier];
  }

  get outputs(): Properties {
    return this.#outputs;
  }

  setOutputs(outputs: Properties): void {
    this.#outputs = outputs;
    this.#save();
  }

  /** Brings one resource to what the program says. @returns id and state; an empty id stands for "not known yet" */
  async register(wanted: Registration): Promise<{ id: string; state: Properties }> {
    if (this.#current.some(({ urn, condemned }) => urn === wanted.urn && !condemned))
      throw new Error(
        `${wanted.type} ${wanted.name}: registered twice in one program; give each a name of its own`,
      );
    const old = this.#earlier.find(
      ({ urn, condemned }) => !condemned && (urn === wanted.urn || wanted.aliases.includes(urn)),
    );
    if (!wanted.custom) return this.#keep(wanted, old, "", wanted.inputs, wanted.inputs);
    if (!old) return this.#create(wanted, undefined);
    const inputs = await this.#checked(wanted, old, old.generation);
    const diff = await this.#diff(wanted, old, inputs);
    if (diff.differences.length === 0) {
      this.summary.same += 1;
      if (this.#isIgnored(wanted, old)) this.summary.ignored += 1;
      return this.#keep(wanted, old, old.id, inputs, old.state);
    }
    return diff.replaces ? this.#replace(wanted, old, diff) : this.#update(wanted, old, inputs, diff);
  }

  /** Deletes what left the program, newest first; also what a replacement left behind. */
  async finish(): Promise<void> {
    const doomed = this.resources.filter((one) => one.condemned || this.#earlier.includes(one));
    this.#refuseProtected(doomed);
    for (const one of doomed.toReversed()) await this.#delete(one);
  }

  /** Deletes everything, newest first. */
  async destroy(): Promise<void> {
    await this.finish();
    if (!this.#options.preview) this.setOutputs({});
  }

  /** Reads everything from AWS into the state, as `pulumi refresh` does. */
  async refresh(): Promise<void> {
    const earlier = this.#earlier;
    this.#earlier = [];
    for (const one of earlier) {
      const live =
        one.custom && !one.condemned
          ? await this.#options.provider.read(one, one.id, one.state, one.inputs)
          : one;
      if (!live) {
        this.summary.deleted += 1;
        this.#options.log(`- ${one.type} ${one.name} is gone`);
        continue;
      }
      const changed = Object.keys(live.state).filter(
        (key) => !isDeepStrictEqual(live.state[key], one.state[key]),
      );
      if (changed.length > 0) this.#options.log(`~ ${one.type} ${one.name} [${changed.join(", ")}]`);
      if (one.custom) this.summary[changed.length > 0 ? "updated" : "same"] += 1;
      this.#current.push({ ...one, state: live.state, inputs: live.inputs });
    }
    this.#save();
  }

  async #checked(
    wanted: Registration,
    old: SavedResource | undefined,
    generation: number,
  ): Promise<Properties> {
    const { project, stack, provider } = this.#options;
    const news = old ? ignoring(wanted.inputs, old.inputs, wanted.ignoreChanges) : wanted.inputs;
    const seed = `${project}/${stack}/${generation}`;
    const { inputs, failures } = await provider.check(wanted, news, old?.inputs, seed);
    if (failures.length === 0) return inputs;
    const list = failures.map(({ property, reason }) => `${property}: ${reason}`).join("; ");
    throw new Error(`${wanted.type} ${wanted.name}: ${list}`);
  }

  async #diff(wanted: Registration, old: SavedResource, inputs: Properties): Promise<Diff> {
    const diff = await this.#options.provider.diff(wanted, old.state, inputs, wanted.ignoreChanges);
    if (!diff.differences.some(({ property }) => wanted.replaceOnChanges.includes(property))) return diff;
    return { ...diff, replaces: true };
  }

  /** Whether the program asks for something that `ignoreChanges` held back. */
  #isIgnored(wanted: Registration, old: SavedResource): boolean {
    return wanted.ignoreChanges.some((property) => {
      const asked = withAssetHash(wanted.inputs[property]);
      return asked !== undefined && !same({}, asked, old.inputs[property]);
    });
  }

  async #create(wanted: Registration, replaced: SavedResource | undefined) {
    const generation = replaced ? replaced.generation + 1 : 0;
    const inputs = await this.#checked(wanted, undefined, generation);
    this.#options.log(`${replaced ? "+-" : "+"} ${wanted.type} ${wanted.name}`);
    if (this.#options.preview) {
      if (!replaced) this.summary.created += 1;
      return this.#keep(wanted, undefined, "", inputs, inputs, generation);
    }
    const made = await this.#options.provider.create(wanted, inputs);
    if (!replaced) this.summary.created += 1;
    return this.#keep(wanted, undefined, made.id, inputs, made.state, generation);
  }

  async #update(wanted: Registration, old: SavedResource, inputs: Properties, diff: Diff) {
    this.summary.updated += 1;
    const names = diff.differences.map(({ property }) => property).join(", ");
    this.#options.log(`~ ${wanted.type} ${wanted.name} [${names}]`);
    const state = this.#options.preview
      ? { ...old.state, ...inputs }
      : await this.#options.provider.update(wanted, old.id, inputs, old.state);
    return this.#keep(wanted, old, old.id, inputs, state);
  }

  /** Makes the new one first, so that something always serves, unless both cannot exist at the same time. */
  async #replace(wanted: Registration, old: SavedResource, diff: Diff) {
    if (old.protect && wanted.protect)
      throw new Error(
        `${wanted.type} ${wanted.name}: must be replaced because of ${diff.differences.map(({ property }) => property).join(", ")}, but it is protected; set protect to false first`,
      );
    const deleteFirst = wanted.deleteBeforeReplace ?? diff.deleteBeforeReplace;
    this.summary.replaced += 1;
    if (deleteFirst) await this.#delete(old, false);
    const made = await this.#create(wanted, old);
    if (!deleteFirst) {
      this.#earlier = this.#earlier.map((one) => (one === old ? { ...one, condemned: true } : one));
      this.#save();
    }
    return made;
  }

  async #delete(one: SavedResource, counts = true): Promise<void> {
    const forget = () => {
      this.#earlier = this.#earlier.filter((other) => other !== one);
      this.#save();
    };
    if (!one.custom) return forget();
    if (one.retainOnDelete) this.summary.retained += 1;
    else {
      if (counts && !one.condemned) this.summary.deleted += 1;
      this.#options.log(`- ${one.type} ${one.name}`);
      if (!this.#options.preview) await this.#options.provider.delete(one, one.id, one.state);
    }
    forget();
  }

  #refuseProtected(doomed: readonly SavedResource[]): void {
    const held = doomed.filter(({ protect, condemned }) => protect && !condemned);
    if (held.length === 0) return;
    throw new Error(
      `these resources are protected and would be deleted; bring the stack up with protection off first (sluice:protect: false):\n${held.map(({ type, name }) => `  - ${type} ${name}`).join("\n")}`,
    );
  }

  #keep(
    wanted: Registration,
    old: SavedResource | undefined,
    id: string,
    inputs: Properties,
    state: Properties,
    generation = old?.generation ?? 0,
  ) {
    const { urn, type, name, custom, protect, retainOnDelete } = wanted;
    this.#earlier = this.#earlier.filter((one) => one !== old);
    this.#current.push({ urn, type, name, custom, id, inputs, state, protect, retainOnDelete, generation });
    this.#save();
    return { id, state };
  }

  #save(): void {
    if (this.#options.preview) return;
    const saved: SavedStack = {
      stack: this.#options.stack,
      outputs: this.#outputs,
      resources: this.resources,
    };
    this.#options.states.save(saved);
  }
}
