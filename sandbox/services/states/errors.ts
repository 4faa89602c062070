/** An error inside an execution, as Retry and Catch see it. */
export class StateError extends Error {
  readonly error: string;
  override readonly cause: string;
  constructor(error: string, cause: string) {
    super(cause);
    this.name = error;
    this.error = error;
    this.cause = cause;
  }
}

/** Nothing may retry or catch these. */
const terminal = new Set(["States.DataLimitExceeded", "States.Runtime"]);

/** Whether an ErrorEquals list names `error`. */
export function matches(names: readonly string[], error: string): boolean {
  if (names.includes(error)) return true;
  if (error === "States.HeartbeatTimeout" && names.includes("States.Timeout")) return true;
  if (terminal.has(error)) return false;
  if (names.includes("States.ALL")) return true;
  return (
    names.includes("States.TaskFailed") && error !== "States.Timeout" && error !== "States.HeartbeatTimeout"
  );
}

/** States pass at most this many bytes of JSON. */
export const payloadLimit = 262_144;

/** Throws States.DataLimitExceeded. */
export function checkPayload(what: string, value: unknown): void {
  const bytes = Buffer.byteLength(JSON.stringify(value) ?? "");
  if (bytes > payloadLimit) {
    throw new StateError(
      "States.DataLimitExceeded",
      `${what} exceeds the maximum number of bytes service limit: ${bytes} bytes, at most ${payloadLimit}.`,
    );
  }
}
