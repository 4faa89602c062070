import { ServiceError } from "./types.ts";

/** Error codes differ by service where AWS's do. */
const accessDeniedCodes: Readonly<Record<string, string>> = {
  iam: "AccessDenied",
  sts: "AccessDenied",
  s3: "AccessDenied",
  sns: "AuthorizationError",
  monitoring: "AccessDenied",
};

const validationCodes: Readonly<Record<string, string>> = {
  iam: "ValidationError",
  sts: "ValidationError",
  monitoring: "ValidationError",
  sns: "InvalidParameter",
};

export function accessDenied(signingName: string, reason: string): ServiceError {
  const code = accessDeniedCodes[signingName] ?? "AccessDeniedException";
  return new ServiceError(code, reason, {
    status: signingName === "dynamodb" || signingName === "kms" ? 400 : 403,
  });
}

/** All violated constraints in one error, worded as AWS words them. */
export function validationError(signingName: string, problems: readonly string[]): ServiceError {
  const count = `${problems.length} validation error${problems.length === 1 ? "" : "s"} detected`;
  return new ServiceError(
    validationCodes[signingName] ?? "ValidationException",
    `${count}: ${problems.join("; ")}`,
  );
}

/** The sandbox refuses by name what it does not have, instead of pretending. */
export function unsupported(service: string, action: string, detail?: string): ServiceError {
  const what = detail === undefined ? "" : ` (${detail})`;
  return new ServiceError(
    "NotImplemented",
    `the Sluice sandbox does not support ${service}:${action}${what}`,
    { status: 501 },
  );
}

/** A bug of the sandbox, shown to the client with its cause so that it can be reported. */
export function internalFailure(where: string, cause: unknown): ServiceError {
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  return new ServiceError("InternalFailure", `the Sluice sandbox failed in ${where}: ${text}`, {
    status: 500,
  });
}
