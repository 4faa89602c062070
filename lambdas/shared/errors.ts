/** Errors that a caller can act on: `name` is the code that state machines and pipelines match on. */

export type ErrorCode =
  | "InvalidInput"
  | "MissingRecord"
  | "RecordChanged"
  | "InvalidArtifact"
  | "BadData"
  | "InsufficientData"
  | "DvcObjectMissing"
  | "DvcHashMismatch"
  | "ModelRejected"
  | "EndpointCheckFailed"
  | "TransientFailure";

export class SluiceError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = code;
  }
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
