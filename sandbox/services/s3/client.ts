import type { Identity } from "../../kernel/identities.ts";
import type { Ports, SandboxKernel } from "../../kernel/kernel.ts";
import { type Kernel, ServiceError } from "../../kernel/types.ts";
import { toBytes } from "./body.ts";
import type { S3Proxy } from "./proxy.ts";

/** S3 for the sandbox's own services, each call under the role that AWS would use. */
export function createS3Client(kernel: SandboxKernel, proxy: S3Proxy): Pick<Ports, "s3" | "readObject"> {
  const send = (
    method: string,
    uri: string,
    query: Record<string, string>,
    body: Uint8Array,
    identity: Identity,
    encryption: Record<string, string> = {},
  ) => {
    const [, bucket = "", key = ""] = /^s3:\/\/([^/]+)\/?(.*)$/s.exec(uri) ?? [];
    if (bucket === "")
      throw new ServiceError(
        "ValidationException",
        `S3 URI: expected s3://bucket/key, got ${JSON.stringify(uri)}`,
      );
    const target = { bucket, key: method === "GET" && query["list-type"] ? "" : key };
    const headers = {
      host: new URL(kernel.url).host,
      ...(method === "PUT" ? { "content-length": String(body.length) } : {}),
      ...encryption,
    };
    const request = {
      method,
      target,
      query: new URLSearchParams(query),
      headers,
      body,
      identity,
      requestId: kernel.messageId(),
    };
    return kernel.clock.work(`s3 ${method} ${uri}`, async () => {
      const answer = await proxy.request(request);
      const content = Buffer.from(await toBytes(answer.body));
      if (answer.status >= 400) throw errorOf(content.toString("utf8"), answer.status, uri);
      return content;
    });
  };
  const identityOf = (as: { roleArn: string; service: string }) => {
    if (kernel.canAssume(as.roleArn, as.service)) return kernel.identities.role(as.roleArn, as.service);
    throw new ServiceError("AccessDenied", `${as.service} is unable to assume the role ${as.roleArn}`, {
      status: 403,
    });
  };
  const s3: Kernel["s3"] = {
    async get(uri, as) {
      return await send("GET", uri, {}, new Uint8Array(), identityOf(as));
    },
    async put(uri, body, as, kmsKeyId) {
      const bytes = typeof body === "string" ? Buffer.from(body, "utf8") : body;
      const encryption =
        kmsKeyId === undefined
          ? undefined
          : {
              "x-amz-server-side-encryption": "aws:kms",
              "x-amz-server-side-encryption-aws-kms-key-id": kmsKeyId,
            };
      await send("PUT", uri, {}, bytes, identityOf(as), encryption);
    },
    async list(uriPrefix, as) {
      const [, bucket = "", prefix = ""] = /^s3:\/\/([^/]+)\/?(.*)$/s.exec(uriPrefix) ?? [];
      const found: string[] = [];
      let token: string | undefined;
      do {
        const query = {
          "list-type": "2",
          prefix,
          ...(token === undefined ? {} : { "continuation-token": token }),
        };
        const page = (await send("GET", uriPrefix, query, new Uint8Array(), identityOf(as))).toString("utf8");
        for (const [, key] of page.matchAll(/<Key>([^<]*)<\/Key>/g))
          found.push(`s3://${bucket}/${unescapeXml(key ?? "")}`);
        token = /<NextContinuationToken>([^<]+)<\/NextContinuationToken>/.exec(page)?.[1];
      } while (token !== undefined);
      return found;
    },
  };
  return {
    s3,
    readObject: (uri, version, principalArn) =>
      send(
        "GET",
        uri,
        version === undefined ? {} : { versionId: version },
        new Uint8Array(),
        kernel.identities.role(principalArn),
      ),
  };
}

function errorOf(text: string, status: number, uri: string): ServiceError {
  const code = /<Code>([^<]+)<\/Code>/.exec(text)?.[1] ?? (status === 404 ? "NoSuchKey" : "InternalError");
  const message = /<Message>([^<]*)<\/Message>/.exec(text)?.[1] ?? `status ${status}`;
  return new ServiceError(code, `${uri}: ${message}`, { status });
}

function unescapeXml(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&");
}
