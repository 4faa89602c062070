/** Where an execution is: its run, its line of control, the state with its input and variables. */
import type { Kernel } from "../../kernel/types.ts";
import type { State } from "./definition.ts";
import { StateError } from "./errors.ts";
import { type Bindings, type ExpressionWorld, evaluate } from "./expressions.ts";
import type { History } from "./history.ts";
import type { Strand } from "./strand.ts";

export type Variables = Readonly<Record<string, unknown>>;

export interface Run {
  readonly kernel: Kernel;
  readonly roleArn: string;
  readonly executionArn: string;
  readonly history: History;
  readonly world: ExpressionWorld;
  /** The Execution and StateMachine parts of `$states.context`. */
  readonly context: Readonly<Record<string, unknown>>;
}

export interface Frame {
  readonly run: Run;
  readonly strand: Strand;
  /** `$states.context.Map` inside a Map. */
  readonly map: unknown;
}

/** Where a state is: its name, input and variables. */
export interface Here {
  readonly name: string;
  readonly state: State;
  readonly input: unknown;
  readonly variables: Variables;
  readonly enteredAt: string;
  retries: number;
}

const mostTimeoutSeconds = 99_999_999;

/** `$states` and the variables for a state's expressions. */
export function bindings(frame: Frame, here: Here, more: Record<string, unknown> = {}): Bindings {
  const context = {
    ...frame.run.context,
    State: { Name: here.name, EnteredTime: here.enteredAt, RetryCount: here.retries },
    ...(frame.map === undefined ? {} : { Map: frame.map }),
  };
  return { states: { input: here.input, context, ...more }, variables: here.variables };
}

/** A whole number of seconds from a field, if it is there. */
export async function seconds(
  frame: Frame,
  here: Here,
  field: "Seconds" | "TimeoutSeconds" | "HeartbeatSeconds",
): Promise<number | undefined> {
  if (here.state[field] === undefined) return undefined;
  const value = await evaluate(
    here.state[field],
    `${here.name}/${field}`,
    bindings(frame, here),
    frame.run.world,
  );
  if (typeof value === "number" && value >= 0 && value <= mostTimeoutSeconds && Number.isInteger(value))
    return value;
  throw new StateError(
    "States.QueryEvaluationError",
    `${field} of state '${here.name}': expected a whole number from 0 to ${mostTimeoutSeconds}, got ${JSON.stringify(value)}.`,
  );
}
