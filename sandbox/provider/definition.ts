/** How one Pulumi resource type maps to AWS calls; the same for the in-process host and the real engine. */
import type { Unwrap } from "@pulumi/pulumi";
import type { AwsClients } from "./clients.ts";

export type Properties = Record<string, unknown>;

/** What a host must know of an argument. Flags follow the schema of the real provider. */
export interface Argument {
  readonly required?: true;
  /** A change replaces the resource. */
  readonly forceNew?: true;
  /** AWS fills it in when it is not given: its absence is no difference. */
  readonly computed?: true;
  /** Holds a JSON document: compared by value, not by its text. */
  readonly json?: true;
  /** Used by the provider itself at deletion; AWS never reports it. */
  readonly local?: true;
}

export interface AutoName {
  readonly property: string;
  readonly maxLength: number;
  readonly lowerCase?: boolean;
  /** False: the logical name itself, as the real provider does for object keys. */
  readonly randomSuffix?: boolean;
}

export interface Created {
  readonly id: string;
  /** What AWS adds to the arguments. */
  readonly outputs: Properties;
}

/** A type, with argument and output names erased. */
export interface Definition {
  readonly type: string;
  readonly args: Readonly<Record<string, Argument>>;
  readonly autoName?: AutoName;
  /** Arguments that force a replacement beyond `forceNew`, by old state and new arguments. */
  replacedBy(old: Properties, now: Properties): readonly string[];
  create(aws: AwsClients, args: Properties): Promise<Created>;
  /** Live arguments and outputs, or undefined when the resource is gone. */
  read(aws: AwsClients, id: string, state: Properties): Promise<Properties | undefined>;
  update(aws: AwsClients, id: string, args: Properties, state: Properties): Promise<Properties>;
  delete(aws: AwsClients, id: string, state: Properties): Promise<void>;
}

type Args<T> = { readonly [Key in keyof T]: Unwrap<T[Key]> };
type State<T> = { readonly [Key in keyof T]?: Unwrap<T[Key]> };

/** A type with the argument and state types that `@pulumi/aws` gives it, so that a wrong name does not compile. */
export interface Specification<TArgs, TState> {
  readonly args: { readonly [Key in keyof TArgs]?: Argument };
  readonly autoName?: AutoName & { readonly property: Extract<keyof TArgs, string> };
  replacedBy?(old: State<TState>, now: Args<TArgs>): readonly Extract<keyof TArgs, string>[];
  create(aws: AwsClients, args: Args<TArgs>): Promise<{ id: string; outputs: State<TState> }>;
  read(aws: AwsClients, id: string, state: State<TState>): Promise<State<TState> | undefined>;
  /** Absent where every argument is replace-only. */
  update?(
    aws: AwsClients,
    id: string,
    args: Args<TArgs>,
    state: State<TState>,
  ): Promise<State<TState> | undefined>;
  delete(aws: AwsClients, id: string, state: State<TState>): Promise<unknown>;
}

export function define<TArgs, TState>(type: string, given: Specification<TArgs, TState>): Definition {
  return {
    type,
    args: given.args as Readonly<Record<string, Argument>>,
    ...(given.autoName ? { autoName: given.autoName } : {}),
    replacedBy: (old, now) => given.replacedBy?.(old as State<TState>, now as Args<TArgs>) ?? [],
    create: async (aws, args) => (await given.create(aws, args as Args<TArgs>)) as Created,
    read: async (aws, id, state) =>
      (await given.read(aws, id, state as State<TState>)) as Properties | undefined,
    async update(aws, id, args, state) {
      if (!given.update)
        throw new Error(
          `${type}: every argument is replace-only, but an update was asked for; this is a bug`,
        );
      return ((await given.update(aws, id, args as Args<TArgs>, state as State<TState>)) ?? {}) as Properties;
    },
    async delete(aws, id, state) {
      await given.delete(aws, id, state as State<TState>);
    },
  };
}

/** Short forms for the argument tables. */
export const optional: Argument = {};
export const required: Argument = { required: true };
export const replaces: Argument = { forceNew: true };
export const requiredReplaces: Argument = { required: true, forceNew: true };
export const computed: Argument = { computed: true };
export const computedReplaces: Argument = { computed: true, forceNew: true };
export const json: Argument = { json: true };
export const requiredJson: Argument = { required: true, json: true };
export const local: Argument = { local: true };
