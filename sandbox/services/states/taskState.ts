/** A Task state: its arguments, its time limits, and what is undone when it is abandoned. */
import { StateError } from "./errors.ts";
import { evaluate } from "./expressions.ts";
import { bindings, type Frame, type Here, seconds } from "./frame.ts";
import { runTask } from "./integrations.ts";

export async function runTaskState(frame: Frame, here: Here): Promise<unknown> {
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
