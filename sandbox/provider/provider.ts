/** The `aws` provider of the sandbox: check, diff and the four operations, without any wire format. Both hosts use it. */
import { createHash } from "node:crypto";
import { withAssetHash } from "./assets.ts";
import type { AwsClients } from "./clients.ts";
import { isUnknown, refreshed, same } from "./compare.ts";
import type { Definition, Properties } from "./definition.ts";
import { describeError } from "./errors.ts";
import { definitionOf } from "./registry.ts";

/** Marks the arguments that the provider named itself, so that they stay stable. */
export const DEFAULTS = "__defaults";

export interface CheckFailure {
  readonly property: string;
  readonly reason: string;
}

export interface Difference {
  readonly property: string;
  readonly kind: "add" | "delete" | "update";
  readonly replaces: boolean;
}

export interface Diff {
  readonly differences: readonly Difference[];
  readonly replaces: boolean;
  /** The new one would have the old one's name: it can only be made when the old one is gone. */
  readonly deleteBeforeReplace: boolean;
}

export interface Resource {
  readonly type: string;
  readonly name: string;
}

const COMMON_ARGUMENTS = ["tags", "region"];

export class Provider {
  readonly #clients: AwsClients;

  constructor(clients: AwsClients) {
    this.#clients = clients;
  }

  /** Names what has no name, hashes files, and lists everything that is missing or not supported. */
  async check(
    resource: Resource,
    news: Properties,
    olds: Properties | undefined,
    seed: string,
  ): Promise<{ inputs: Properties; failures: readonly CheckFailure[] }> {
    const definition = await definitionOf(resource.type);
    const failures: CheckFailure[] = [];
    for (const key of Object.keys(news))
      if (news[key] !== undefined && !key.startsWith("__") && !(key in definition.args))
        failures.push({ property: key, reason: unsupported(key, news[key], this.#clients.region) });
    const inputs = named(definition, resource, news, olds, seed);
    for (const [property, value] of Object.entries(inputs))
      try {
        inputs[property] = withAssetHash(value);
      } catch (error) {
        failures.push({ property, reason: describeError(error) });
      }
    for (const [key, argument] of Object.entries(definition.args))
      if (argument.required && inputs[key] === undefined)
        failures.push({ property: key, reason: `Missing required argument "${key}"` });
    const accepted = Object.fromEntries(
      Object.entries(inputs).filter(([key]) => key in definition.args || key === DEFAULTS),
    );
    return { inputs: accepted, failures: failures.filter(({ reason }) => reason !== "") };
  }

  /** Compares the new arguments with the state, as the real provider does: what a refresh brought into the state counts. */
  async diff(
    resource: Resource,
    state: Properties,
    news: Properties,
    ignoreChanges: readonly string[] = [],
  ): Promise<Diff> {
    const definition = await definitionOf(resource.type);
    const ignored = new Set(ignoreChanges.map((path) => path.split(/[.[]/)[0]));
    const forced = new Set(definition.replacedBy(state, news));
    const differences: Difference[] = [];
    for (const [property, argument] of Object.entries(definition.args)) {
      const [old, now] = [state[property], news[property]];
      if (ignored.has(property) || same(argument, old, now)) continue;
      if (now === undefined && argument.computed) continue;
      differences.push({
        property,
        kind: old === undefined ? "add" : now === undefined ? "delete" : "update",
        replaces: argument.forceNew === true || forced.has(property),
      });
    }
    const replaces = differences.some((difference) => difference.replaces);
    return { differences, replaces, deleteBeforeReplace: replaces && keepsName(definition, state, news) };
  }

  async create(resource: Resource, inputs: Properties): Promise<{ id: string; state: Properties }> {
    const definition = await definitionOf(resource.type);
    const args = withoutMarks(inputs);
    const { id, outputs } = await this.#tell(resource, "create", () =>
      definition.create(this.#clients, args),
    );
    return { id, state: { ...args, ...outputs } };
  }

  /** The state now, or undefined when the resource is gone. Arguments follow what AWS reports, as far as they were given. */
  async read(
    resource: Resource,
    id: string,
    state: Properties,
    inputs: Properties,
  ): Promise<{ state: Properties; inputs: Properties } | undefined> {
    const definition = await definitionOf(resource.type);
    const live = await this.#tell(resource, "read", () => definition.read(this.#clients, id, state));
    if (!live) return undefined;
    const now = refreshed(definition.args, state, live);
    // An import knows no arguments yet: it takes all that AWS reports.
    const asked = Object.keys(inputs).length > 0 ? inputs : now;
    const given = Object.entries(asked)
      .filter(([key]) => key in definition.args || key in inputs)
      .map(([key, value]) => [key, key in definition.args ? now[key] : value]);
    return { state: now, inputs: Object.fromEntries(given.filter(([, value]) => value !== undefined)) };
  }

  async update(resource: Resource, id: string, inputs: Properties, state: Properties): Promise<Properties> {
    const definition = await definitionOf(resource.type);
    const args = withoutMarks(inputs);
    const outputs = await this.#tell(resource, "update", () =>
      definition.update(this.#clients, id, args, state),
    );
    const kept = Object.entries(state).filter(
      ([key]) => !(key in definition.args) || definition.args[key]?.computed,
    );
    return { ...Object.fromEntries(kept), ...args, ...outputs };
  }

  async delete(resource: Resource, id: string, state: Properties): Promise<void> {
    const definition = await definitionOf(resource.type);
    await this.#tell(resource, "delete", () => definition.delete(this.#clients, id, state));
  }

  async #tell<T>(resource: Resource, operation: string, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw new Error(`${resource.type} ${resource.name}: ${operation}: ${describeError(error)}`, {
        cause: error,
      });
    }
  }
}

function unsupported(key: string, value: unknown, region: string): string {
  if (key === "region" && value === region) return "";
  if (COMMON_ARGUMENTS.includes(key))
    return `"${key}" is not supported by the sandbox's provider, got ${JSON.stringify(value)}`;
  return `"${key}" is not supported by the sandbox's provider for this type; it would be sent to AWS but not to the sandbox`;
}

const hash = (text: string, length: number): string =>
  createHash("sha256").update(text).digest("hex").slice(0, length);

/** `<logical name>-<7 hex>`, like the real provider; an automatic name stays as long as the resource does. */
function named(
  { autoName }: Definition,
  resource: Resource,
  news: Properties,
  olds: Properties | undefined,
  seed: string,
): Properties {
  if (!autoName || (news[autoName.property] !== undefined && !isUnknown(news[autoName.property])))
    return { ...news };
  const { property, maxLength, lowerCase, randomSuffix = true } = autoName;
  if (news[property] !== undefined) return { ...news };
  const before = (olds?.[DEFAULTS] as readonly string[] | undefined)?.includes(property)
    ? olds?.[property]
    : undefined;
  const base = lowerCase ? resource.name.toLowerCase() : resource.name;
  const fresh = randomSuffix
    ? `${base.slice(0, maxLength - 8)}-${hash(`${seed}/${resource.type}/${resource.name}`, 7)}`
    : base;
  return { ...news, [property]: before ?? fresh, [DEFAULTS]: [property] };
}

function keepsName({ autoName, args }: Definition, state: Properties, news: Properties): boolean {
  const marked = (news[DEFAULTS] as readonly string[] | undefined) ?? [];
  // A type without automatic name is identified by its replace-only arguments: they tell whether old and new collide.
  const identity = autoName
    ? [autoName.property]
    : Object.keys(args).filter((key) => args[key]?.required && args[key]?.forceNew);
  if (identity.some((key) => marked.includes(key))) return false;
  return identity.length > 0 && identity.every((key) => state[key] === news[key]);
}

const withoutMarks = (inputs: Properties): Properties =>
  Object.fromEntries(
    Object.entries(inputs).filter(([key, value]) => !key.startsWith("__") && value !== undefined),
  );
