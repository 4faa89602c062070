/** The clients of the endpoint, in a thread of their own: what they do with a request must not wait for the sandbox's work, nor it for theirs. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { CallersData, Reply, Request } from "./callersThread.ts";

export interface Callers {
  /** Sends all requests at once; answers in their order. What an endpoint refuses is an answer, too. */
  send(requests: readonly Request[]): Promise<readonly Reply[]>;
  stop(): Promise<void>;
}

export function startCallers({ settings, endpointName }: CallersData): Callers {
  const thread = new Worker(new URL("callersThread.ts", import.meta.url), {
    workerData: { settings, endpointName } satisfies CallersData,
  });
  return {
    async send(requests) {
      thread.postMessage(requests);
      const [replies] = (await once(thread, "message")) as [readonly Reply[]];
      return replies;
    },
    async stop() {
      await thread.terminate();
    },
  };
}
