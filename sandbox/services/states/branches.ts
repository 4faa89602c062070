/** Parallel and Map: several lines of control, the first failure ends the others. */
import type { Branch } from "./definition.ts";
import { StateError } from "./errors.ts";
import { evaluate } from "./expressions.ts";
import { bindings, type Frame, type Here, type Variables } from "./frame.ts";

/** Runs the states of a branch; given by the interpreter. */
export type RunBranch = (frame: Frame, branch: Branch, input: unknown, outer: Variables) => Promise<unknown>;

export async function runParallel(frame: Frame, here: Here, runBranch: RunBranch): Promise<unknown> {
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

export async function runMap(frame: Frame, here: Here, runBranch: RunBranch): Promise<unknown> {
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
