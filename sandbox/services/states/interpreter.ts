/** Runs the states of one execution. */
import type { Kernel } from "../../kernel/types.ts";
import type { Branch, ChoiceRule, Definition, State } from "./definition.ts";
import { checkPayload, matches, StateError } from "./errors.ts";
import { type Bindings, type ExpressionWorld, evaluate } from "./expressions.ts";
import type { History } from "./history.ts";
import { runTask } from "./integrations.ts";
import type { Strand } from "./strand.ts";

type Variables = Readonly<Record<string, unknown>>;

export interface Run {
  readonly kernel: Kernel;
  readonly roleArn: string;
  readonly executionArn: string;
  readonly history: History;
  readonly world: ExpressionWorld;
  /** The Execution and StateMachine parts of `$states.context`. */
  readonly context: Readonly<Record<string, unknown>>;
}

interface Frame {
  readonly run: Run;
  readonly strand: Strand;
  /** `$states.context.Map` inside a Map. */
  readonly map: unknown;
}

interface Step {
  readonly output: unknown;
  readonly variables: Variables;
  readonly next: string | undefined;
}

/** Where a state is: its name, input and variables. */
interface Here {
  readonly name: string;
  readonly state: State;
  readonly input: unknown;
  readonly variables: Variables;
  readonly enteredAt: string;
  retries: number;
}

const defaultTimeoutSeconds = 99_999_999;

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

function bindings(frame: Frame, here: Here, more: Record<string, unknown> = {}): Bindings {
  const context = {
    ...frame.run.context,
    State: { Name: here.name, EnteredTime: here.enteredAt, RetryCount: here.retries },
    ...(frame.map === undefined ? {} : { Map: frame.map }),
  };
  return { states: { input: here.input, context, ...more }, variables: here.variables };
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

async function seconds(
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
  if (typeof value === "number" && value >= 0 && value <= defaultTimeoutSeconds && Number.isInteger(value))
    return value;
  throw new StateError(
    "States.QueryEvaluationError",
    `${field} of state '${here.name}': expected a whole number from 0 to ${defaultTimeoutSeconds}, got ${JSON.stringify(value)}.`,
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
  if (here.state.Type === "Parallel") return runParallel(frame, here);
  return here.state.Type === "Map" ? runMap(frame, here) : runTaskState(frame, here);
}

async function runParallel(frame: Frame, here: Here): Promise<unknown> {
  const args = here.state.Arguments;
  const input =
    args === undefined
      ? here.input
      : await evaluate(args, `${here.name}/Arguments`, bindings(frame, here), frame.run.world);
  frame.run.history.add("ParallelStateStarted");
  const branches = (here.state.Branches ?? []).map(
    (branch) => (inner: Frame) => runBranch(inner, branch, input, here.variables),
  );
  const results = await together(frame, branches, branches.length);
  frame.run.history.add("ParallelStateSucceeded");
  return results;
}

async function runMap(frame: Frame, here: Here): Promise<unknown> {
  const { state } = here;
  const scope = bindings(frame, here);
  const { world, history } = frame.run;
  const items =
    state.Items === undefined ? here.input : await evaluate(state.Items, `${here.name}/Items`, scope, world);
  if (!Array.isArray(items))
    throw new StateError(
      "States.QueryEvaluationError",
      `Items of state '${here.name}': expected a list, got ${JSON.stringify(items)}.`,
    );
  const limit = Number(
    await evaluate(state.MaxConcurrency ?? 0, `${here.name}/MaxConcurrency`, scope, world),
  );
  history.add("MapStateStarted", { mapStateStartedEventDetails: { length: items.length } });
  const iterations = items.map((value: unknown, index) => async (inner: Frame) => {
    const framed: Frame = { ...inner, map: { Item: { Index: index, Value: value } } };
    history.add("MapIterationStarted", { mapIterationStartedEventDetails: { name: here.name, index } });
    const selected =
      state.ItemSelector === undefined
        ? value
        : await evaluate(state.ItemSelector, `${here.name}/ItemSelector`, bindings(framed, here), world);
    if (!state.ItemProcessor)
      throw new StateError("States.Runtime", `no ItemProcessor in state '${here.name}'`);
    const output = await runBranch(framed, state.ItemProcessor, selected, here.variables);
    history.add("MapIterationSucceeded", { mapIterationSucceededEventDetails: { name: here.name, index } });
    return output;
  });
  const results = await together(frame, iterations, limit || iterations.length);
  history.add("MapStateSucceeded");
  return results;
}

/** Runs branches, at most `limit` at a time, each on its own strand; the first failure ends the others at their next wait. */
async function together(
  frame: Frame,
  branches: readonly ((frame: Frame) => Promise<unknown>)[],
  limit: number,
): Promise<unknown[]> {
  const results: unknown[] = new Array(branches.length);
  const controller = new AbortController();
  const queue = branches.entries();
  let failure: unknown;
  const worker = async (): Promise<void> => {
    for (const [index, branch] of queue) {
      if (failure !== undefined) return;
      const strand = frame.strand.fork(controller.signal);
      try {
        results[index] = await branch({ ...frame, strand });
      } catch (problem) {
        failure ??= problem;
        controller.abort(problem);
      } finally {
        strand.end();
      }
    }
  };
  const workers = Array.from({ length: Math.min(limit, branches.length) }, worker);
  await frame.strand.outside(() => Promise.all(workers));
  if (failure !== undefined) throw failure;
  return results;
}

async function runTaskState(frame: Frame, here: Here): Promise<unknown> {
  const { run, strand } = frame;
  const resource = here.state.Resource ?? "";
  const args = await evaluate(
    here.state.Arguments,
    `${here.name}/Arguments`,
    bindings(frame, here),
    run.world,
  );
  const timeout = await seconds(frame, here, "TimeoutSeconds");
  const heartbeat = await seconds(frame, here, "HeartbeatSeconds");
  const [, , service = "", , , ...rest] = resource.split(":");
  const details = {
    resourceType: service === "states" ? (rest[1] ?? "") : service,
    resource: rest.slice(2).join(":"),
  };
  run.history.add("TaskScheduled", {
    taskScheduledEventDetails: {
      ...details,
      region: run.kernel.region,
      parameters: JSON.stringify(args ?? {}),
      ...(timeout === undefined ? {} : { timeoutInSeconds: timeout }),
    },
  });
  run.history.add("TaskStarted", { taskStartedEventDetails: details });
  const undo: (() => Promise<unknown>)[] = [];
  const limit = new AbortController();
  const inner = strand.fork(limit.signal);
  const { clock } = run.kernel;
  const timers = [
    timeout === undefined
      ? undefined
      : clock.setTimer(clock.now() + timeout * 1000, () =>
          limit.abort(new StateError("States.Timeout", "The task timed out.")),
        ),
    // Without a task token there is no heartbeat, so the task has this long.
    heartbeat === undefined
      ? undefined
      : clock.setTimer(clock.now() + heartbeat * 1000, () =>
          limit.abort(new StateError("States.HeartbeatTimeout", "The task sent no heartbeat.")),
        ),
  ];
  try {
    const result = await strand.outside(() =>
      runTask(resource, args, {
        kernel: run.kernel,
        roleArn: run.roleArn,
        strand: inner,
        executionArn: run.executionArn,
        submitted: (output) =>
          run.history.add("TaskSubmitted", {
            taskSubmittedEventDetails: { ...details, output: JSON.stringify(output) },
          }),
        cancelled: () => limit.signal.aborted,
        onCancel: (action) => undo.push(action),
      }),
    );
    run.history.add("TaskSucceeded", {
      taskSucceededEventDetails: { ...details, output: JSON.stringify(result) },
    });
    return result;
  } catch (problem) {
    if (problem instanceof StateError) {
      const timedOut = problem.error === "States.Timeout" || problem.error === "States.HeartbeatTimeout";
      const kind = timedOut ? "taskTimedOutEventDetails" : "taskFailedEventDetails";
      run.history.add(timedOut ? "TaskTimedOut" : "TaskFailed", {
        [kind]: { ...details, error: problem.error, cause: problem.cause },
      });
      if (timedOut) await abandon(undo);
    } else await abandon(undo);
    throw problem;
  } finally {
    for (const timer of timers) clock.clearTimer(timer);
    inner.end();
  }
}

/** Stops what a `.sync` task had started; a refusal (it may have ended) changes nothing for the execution. */
async function abandon(undo: readonly (() => Promise<unknown>)[]): Promise<void> {
  await Promise.allSettled(undo.map((action) => action()));
}
