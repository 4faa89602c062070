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
      const given = args.input as Record<string, unknown>;
      // In REST-like services top-level members may travel in the address or in headers.
      const dropped = sent.isWhole
        ? missing(given, sent.body, "").map((path) => path.slice(1))
        : Object.keys(sent.body).flatMap((key) => missing(given[key], sent.body[key], key));
      if (dropped.length > 0)
        throw new Error(
          `${context.commandName}: ${dropped.join(", ")}: AWS has no such member, so it would be left out; the sandbox's provider does not support it`,
        );
    }
    return next(args);
  };

function jsonBody(request: unknown): { body: Record<string, unknown>; isWhole: boolean } | undefined {
  const { body, headers } = request as { body?: unknown; headers?: Record<string, string> };
  const type = headers?.["content-type"] ?? "";
  if (!type.includes("json") || !(typeof body === "string" || body instanceof Uint8Array)) return undefined;
  const text = typeof body === "string" ? body : new TextDecoder().decode(body);
  return { body: JSON.parse(text) as Record<string, unknown>, isWhole: type.includes("x-amz-json") };
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
