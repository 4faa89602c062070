/**
 * Runs one stack in a process of its own, because the Pulumi SDK keeps its state per process. Started by `inProcess.ts`, which sends
 * the job and gets progress, requests to let time pass, and the result.
 */
import { enableCompileCache } from "node:module";
import { pathToFileURL } from "node:url";
import type { ChildJob, ChildMessage, ParentMessage } from "./host/messages.ts";

// Half of the start is compiling the AWS package's thousands of modules.
enableCompileCache();

const send = (message: ChildMessage) => process.send?.(message);
const waits = new Map<number, () => void>();
let waitNumber = 0;

/** The parent lets virtual time pass: it may hold a lease of its own. */
const waitVirtual = (seconds: number): Promise<void> =>
  new Promise((resolve) => {
    waitNumber += 1;
    waits.set(waitNumber, resolve);
    send({ kind: "wait", id: waitNumber, seconds });
  });

async function run(job: ChildJob): Promise<void> {
  const { runStack } = await host;
  const result = await runStack(job, {
    waitVirtual,
    log: (line) => send({ kind: "log", line }),
    load: async (file) => (await import(pathToFileURL(file).href)) as Record<string, unknown>,
  });
  send({ kind: "result", result });
}

// While the job is still to come.
const host = import("./host/run.ts");

process.on("message", (message: ParentMessage) => {
  if (message.kind === "waited") {
    waits.get(message.id)?.();
    waits.delete(message.id);
    return;
  }
  run(message.job)
    .catch((error: unknown) => send({ kind: "error", message: String((error as Error)?.stack ?? error) }))
    .finally(() => process.disconnect());
});
// Without the parent nobody lets time pass or wants the result.
process.on("disconnect", () => process.exit());
