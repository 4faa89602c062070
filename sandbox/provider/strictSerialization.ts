/** SDK clients leave out members that they do not know, without a word. Here that is an error: nothing is dropped silently. */

interface Step {
  readonly input: unknown;
  readonly request: unknown;
}

/** Middleware that compares what a command was given with what it sends. Only JSON bodies are looked at; S3, IAM and SNS send others. */
export const strictSerialization =
  <Args extends Step, Result>(next: (args: Args) => Promise<Result>, context: { commandName?: string }) =>
  async (args: Args): Promise<Result> => {
    const sent = jsonBody(args.request);
    if (sent) {
      const dropped = Object.entries(args.input as object).flatMap(([key, value]) =>
        // Top-level members may travel in the address or in headers.
        key in sent ? missing(value, sent[key], key) : [],
      );
      if (dropped.length > 0)
        throw new Error(
          `${context.commandName}: ${dropped.join(", ")}: AWS has no such member, so it would be left out; the sandbox's provider does not support it`,
        );
    }
    return next(args);
  };

function jsonBody(request: unknown): Record<string, unknown> | undefined {
  const { body, headers } = request as { body?: unknown; headers?: Record<string, string> };
  if (typeof body !== "string" || !headers?.["content-type"]?.includes("json")) return undefined;
  return JSON.parse(body) as Record<string, unknown>;
}

function missing(given: unknown, sent: unknown, path: string): string[] {
  if (Array.isArray(given))
    return given.flatMap((item, index) =>
      missing(item, (sent as unknown[] | undefined)?.[index], `${path}[${index}]`),
    );
  if (typeof given !== "object" || given === null || given instanceof Date || given instanceof Uint8Array)
    return [];
  return Object.entries(given).flatMap(([key, value]) => {
    if (value === undefined || value === null) return [];
    const there = typeof sent === "object" && sent !== null && key in sent;
    return there
      ? missing(value, (sent as Record<string, unknown>)[key], `${path}.${key}`)
      : [`${path}.${key}`];
  });
}
