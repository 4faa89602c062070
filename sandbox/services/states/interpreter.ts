/** Runs the states of one execution. */
import { runMap, runParallel } from "./branches.ts";
import type { Branch, ChoiceRule, Definition, State } from "./definition.ts";
import { checkPayload, matches, StateError } from "./errors.ts";
import { evaluate } from "./expressions.ts";
import { bindings, type Frame, type Here, type Run, seconds, type Variables } from "./frame.ts";
import type { Strand } from "./strand.ts";
import { runTaskState } from "./taskState.ts";

interface Step {
  readonly output: unknown;
  readonly variables: Variables;
  readonly next: string | undefined;
}

/** Runs a machine to its output. Throws {@link StateError}, or whatever the strand was aborted with. */
export function runMachine(
  run: Run,
  definition: Definition,
  input: unknown,
  strand: Strand,
): Promise<unknown> {
  return runBranch({ run, strand, map: undefined }, definition, input, {});
}

async function runBranch(frame: Frame, branch: Branch, input: unknown, outer: Variables): Promise<unknown> {
  let name: string | undefined = branch.StartAt;
  let value = input;
  let variables = outer;
  while (name !== undefined) {
    const state: State | undefined = branch.States[name];
    if (!state) throw new StateError("States.Runtime", `no state ${JSON.stringify(name)}`);
    const enteredAt = new Date(frame.run.kernel.clock.now()).toISOString();
    const here: Here = { name, state, input: value, variables, enteredAt, retries: 0 };
    frame.run.history.add(`${state.Type}StateEntered`, {
      stateEnteredEventDetails: { name, input: JSON.stringify(value) },
    });
    const step: Step = await runState(frame, here);
    checkPayload(`The state '${name}' output`, step.output);
    checkPayload(`The variables after state '${name}'`, step.variables);
    if (state.Type !== "Fail") {
      frame.run.history.add(`${state.Type}StateExited`, {
        stateExitedEventDetails: { name, output: JSON.stringify(step.output) },
      });
    }
    value = step.output;
    variables = step.variables;
    name = step.next;
  }
  return value;
}

/** Output and Assign are both evaluated with the variables as they were before the state. */
async function leave(
  frame: Frame,
  here: Here,
  rule: { readonly Output?: unknown; readonly Assign?: Variables },
  options: { more?: Record<string, unknown>; fallback: unknown; next: string | undefined },
): Promise<Step> {
  const scope = bindings(frame, here, options.more);
  const { world } = frame.run;
  const assigned = (await evaluate(rule.Assign ?? {}, `${here.name}/Assign`, scope, world)) as Variables;
  const output =
    rule.Output === undefined
      ? options.fallback
      : await evaluate(rule.Output, `${here.name}/Output`, scope, world);
  return { output, variables: { ...here.variables, ...assigned }, next: options.next };
}

async function runState(frame: Frame, here: Here): Promise<Step> {
  const { state } = here;
  switch (state.Type) {
    case "Pass":
    case "Succeed":
      return leave(frame, here, state, { fallback: here.input, next: state.Next });
    case "Fail":
      return fail(frame, here);
    case "Choice":
      return choose(frame, here);
    case "Wait":
      await wait(frame, here);
      return leave(frame, here, state, { fallback: here.input, next: state.Next });
    default:
      return withRetries(frame, here);
  }
}

async function fail(frame: Frame, here: Here): Promise<never> {
  const text = async (field: "Error" | "Cause"): Promise<string> => {
    const value = here.state[field];
    return value === undefined
      ? ""
      : String(await evaluate(value, `${here.name}/${field}`, bindings(frame, here), frame.run.world));
  };
  throw new StateError(await text("Error"), await text("Cause"));
}

async function choose(frame: Frame, here: Here): Promise<Step> {
  const { state } = here;
  for (const rule of state.Choices ?? []) {
    if (await holds(frame, here, rule))
      return leave(frame, here, rule, { fallback: here.input, next: rule.Next });
  }
  if (state.Default === undefined) {
    throw new StateError(
      "States.NoChoiceMatched",
      `No choice matched in state '${here.name}' and it has no Default.`,
    );
  }
  return leave(frame, here, state, { fallback: here.input, next: state.Default });
}

async function holds(frame: Frame, here: Here, rule: ChoiceRule): Promise<boolean> {
  const value = await evaluate(
    rule.Condition,
    `${here.name}/Condition`,
    bindings(frame, here),
    frame.run.world,
  );
  if (typeof value === "boolean") return value;
  throw new StateError(
    "States.QueryEvaluationError",
    `The JSONata expression '${String(rule.Condition)}' specified for the field 'Condition' returned ${JSON.stringify(value)}; expected a boolean.`,
  );
}

async function wait(frame: Frame, here: Here): Promise<void> {
  const { clock } = frame.run.kernel;
  const given = await seconds(frame, here, "Seconds");
  if (given !== undefined) return frame.strand.sleepUntil(clock.now() + given * 1000);
  const value = await evaluate(
    here.state.Timestamp,
    `${here.name}/Timestamp`,
    bindings(frame, here),
    frame.run.world,
  );
  const at = typeof value === "string" ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at))
    throw new StateError(
      "States.QueryEvaluationError",
      `Timestamp of state '${here.name}': expected an ISO 8601 time, got ${JSON.stringify(value)}.`,
    );
  if (at > clock.now()) await frame.strand.sleepUntil(at);
}

async function withRetries(frame: Frame, here: Here): Promise<Step> {
  const { state } = here;
  const attempts = new Map<number, number>();
  for (;;) {
    try {
      const result = await attempt(frame, here);
      checkPayload(`The state '${here.name}' result`, result);
      return await leave(frame, here, state, { more: { result }, fallback: result, next: state.Next });
    } catch (problem) {
      if (!(problem instanceof StateError)) throw problem;
      if (await retry(frame, here, problem, attempts)) continue;
      const errorOutput = { Error: problem.error, Cause: problem.cause };
      const catcher = (state.Catch ?? []).find(({ ErrorEquals }) => matches(ErrorEquals, problem.error));
      if (!catcher) throw problem;
      return leave(frame, here, catcher, {
        more: { errorOutput },
        fallback: errorOutput,
        next: catcher.Next,
      });
    }
  }
}

/** Waits for the next attempt; false when nothing retries this error any more. */
async function retry(
  frame: Frame,
  here: Here,
  problem: StateError,
  attempts: Map<number, number>,
): Promise<boolean> {
  const retriers = here.state.Retry ?? [];
  const index = retriers.findIndex(({ ErrorEquals }) => matches(ErrorEquals, problem.error));
  const retrier = retriers[index];
  const done = attempts.get(index) ?? 0;
  if (!retrier || done >= (retrier.MaxAttempts ?? 3)) return false;
  attempts.set(index, done + 1);
  here.retries += 1;
  const interval = (retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** done;
  const delay = Math.min(interval, retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY);
  const jitter = retrier.JitterStrategy === "FULL" ? frame.run.world.random() : 1;
  await frame.strand.sleepUntil(frame.run.kernel.clock.now() + delay * jitter * 1000);
  return true;
}

function attempt(frame: Frame, here: Here): Promise<unknown> {
  if (here.state.Type === "Parallel") return runParallel(frame, here, runBranch);
  return here.state.Type === "Map" ? runMap(frame, here, runBranch) : runTaskState(frame, here);
}
