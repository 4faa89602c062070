import type { IncomingMessage, ServerResponse } from "node:http";
import { gunzipSync } from "node:zlib";
import type { WireRequest, WireResponse } from "./protocol/wire.ts";
import { ServiceError } from "./types.ts";

const largestBody = 128 * 2 ** 20;

/** Access key and service of a request, from its header or from a presigned URL. @throws ServiceError when it is not signed */
export function credentialScope(
  request: IncomingMessage,
  url: URL,
): { accessKeyId: string; service: string } {
  const credential =
    /Credential=([^,\s]+)/.exec(request.headers.authorization ?? "")?.[1] ??
    url.searchParams.get("X-Amz-Credential") ??
    "";
  const [accessKeyId, , , service] = credential.split("/");
  if (accessKeyId && service) return { accessKeyId, service };
  // Signature version 2, with which botocore still presigns S3 URLs by default.
  const second = url.searchParams.has("Signature") ? url.searchParams.get("AWSAccessKeyId") : null;
  if (second !== null) return { accessKeyId: second, service: "s3" };
  request.resume();
  throw new ServiceError("MissingAuthenticationToken", "Missing Authentication Token", { status: 403 });
}

export async function readRequest(request: IncomingMessage, url: URL): Promise<WireRequest> {
  const body = await readAll(request, largestBody);
  const unzipped = request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
  const pathname = rawPath(request);
  return {
    method: request.method ?? "GET",
    pathname,
    query: url.searchParams,
    headers: request.headers,
    body: unzipped,
  };
}

/**
 * All that a stream brings. By events: an async iterator costs several times as much, and every call of the sandbox comes through here.
 * @throws ServiceError `RequestEntityTooLarge` past `most` bytes
 */
export function readAll(stream: NodeJS.ReadableStream, most = Number.POSITIVE_INFINITY): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    stream.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= most) chunks.push(chunk);
      else
        reject(
          new ServiceError(
            "RequestEntityTooLarge",
            `request body: expected at most ${most} bytes, got more`,
            { status: 413 },
          ),
        );
    });
    stream.on("end", () => resolve(Buffer.concat(chunks, size)));
    stream.on("error", reject);
    stream.on("aborted", () => reject(new Error("the other side closed the connection")));
  });
}

/** The path as sent: percent-encoded slashes inside a parameter must survive the routing. */
function rawPath(request: IncomingMessage): string {
  return (request.url ?? "/").split("?")[0] as string;
}

export function mirroredDate(request: IncomingMessage, url: URL, now: number): string {
  const sent = request.headers["x-amz-date"] ?? url.searchParams.get("X-Amz-Date");
  const parsed = typeof sent === "string" ? parseAmzDate(sent) : undefined;
  return new Date(parsed ?? now).toUTCString();
}

/** `20080901T000000Z` as epoch milliseconds. */
export function parseAmzDate(text: string): number | undefined {
  const time = Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  return Number.isNaN(time) ? undefined : time;
}

export function send(response: ServerResponse, wire: WireResponse): void {
  const body = typeof wire.body === "string" ? Buffer.from(wire.body, "utf8") : wire.body;
  response.writeHead(wire.status, { ...wire.headers, "content-length": String(body.length) });
  response.end(body);
}

/** An error as S3 writes it. */
export function xmlError(code: string, message: string, requestId: string, status = 403): WireResponse {
  const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${escaped(code)}</Code><Message>${escaped(message)}</Message><RequestId>${requestId}</RequestId></Error>`;
  return { status, headers: { "content-type": "application/xml" }, body };
}
