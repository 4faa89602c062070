import { parseAmzDate } from "../../kernel/http.ts";
import { ServiceError } from "../../kernel/types.ts";

/** Presigned URLs (signature version 4 or 2) expire in virtual time. */
export function checkPresigned(url: URL, now: number): void {
  const query = url.searchParams;
  const signedAt = query.get("X-Amz-Date");
  const end =
    signedAt === null
      ? Number(query.get("Expires") ?? Number.POSITIVE_INFINITY) * 1000
      : (parseAmzDate(signedAt) ?? 0) + Number(query.get("X-Amz-Expires") ?? 0) * 1000;
  if (now > end) throw new ServiceError("AccessDenied", "Request has expired", { status: 403 });
}

const signatureParameters =
  /^(X-Amz-(Algorithm|Credential|Date|Expires|SignedHeaders|Signature|Security-Token)|AWSAccessKeyId|Signature|Expires|x-amz-security-token)$/;

export function withoutSignature(query: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...query].filter(([name]) => !signatureParameters.test(name)));
}
