import type { Exchange } from "./gateway.ts";
import { send } from "./http.ts";
import type { SandboxKernel } from "./kernel.ts";
import { parseJsonObject } from "./protocol/json.ts";
import { ServiceError } from "./types.ts";

type Handler = (body: Record<string, unknown>, query: URLSearchParams) => unknown;

/** The sandbox's own interface under `/_sluice/`, for command lines in other processes. Unsigned, on the loopback interface only. */
export function createControl(
  kernel: SandboxKernel,
  stop: () => Promise<void>,
): (exchange: Omit<Exchange, "identity">) => Promise<void> {
  const handlers: Readonly<Record<string, Handler>> = {
    "GET /_sluice/ready": () => ({
      ready: true,
      pid: process.pid,
      now: isoNow(kernel),
      account: kernel.accountId,
      region: kernel.region,
    }),
    "GET /_sluice/clock": () => ({ now: isoNow(kernel), holders: kernel.clock.holders() }),
    "POST /_sluice/clock/advance": async (body) => {
      const seconds = body.seconds;
      if (typeof seconds !== "number" || !(seconds >= 0))
        throw new ServiceError(
          "ValidationException",
          `seconds: expected a number that is not negative, got ${JSON.stringify(seconds)}`,
        );
      await kernel.clock.advance(seconds * 1000);
      return { now: isoNow(kernel) };
    },
    "POST /_sluice/clock/real": () => {
      kernel.clock.followWallClock();
      return { now: isoNow(kernel) };
    },
    "GET /_sluice/calls": (_body, query) => ({
      calls: kernel.recorder.list(Object.fromEntries(query)),
      count: kernel.recorder.count,
    }),
    "GET /_sluice/processes": () => ({ processes: kernel.children.list() }),
    "POST /_sluice/faults": (body) => {
      if (typeof body.service !== "string" || typeof body.action !== "string")
        throw new ServiceError("ValidationException", "fault: expected service and action as strings");
      kernel.faults.add({ ...body, service: body.service, action: body.action });
      return {};
    },
    "DELETE /_sluice/faults": () => {
      kernel.faults.clear();
      return {};
    },
    "POST /_sluice/stop": () => {
      setImmediate(() => void stop());
      return {};
    },
  };
  return async ({ request, response, url }) => {
    const handler = handlers[`${request.method} ${url.pathname}`];
    if (!handler)
      throw new ServiceError(
        "NotImplemented",
        `unknown ${request.method} ${url.pathname}; known: ${Object.keys(handlers).join(", ")}`,
        { status: 404 },
      );
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const result = await handler(parseJsonObject(Buffer.concat(chunks)), url.searchParams);
    send(response, {
      status: 200,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(result),
    });
  };
}

function isoNow(kernel: SandboxKernel): string {
  return new Date(kernel.clock.now()).toISOString();
}
