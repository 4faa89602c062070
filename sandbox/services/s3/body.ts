/** Bodies of requests and answers on their way through. */
import { readAll } from "../../kernel/http.ts";
import { type Body, type Headers, headerOf } from "./request.ts";

/** Streaming a small body costs several times what the rest of the call does. */
const SMALL_BYTES = 2 ** 20;

export async function bodyOf(stream: NodeJS.ReadableStream, headers: Headers): Promise<Body> {
  const length = headerOf(headers, "content-length");
  return length !== undefined && Number(length) <= SMALL_BYTES ? await readAll(stream) : stream;
}

export async function toBytes(body: Body): Promise<Uint8Array> {
  return body instanceof Uint8Array ? body : await readAll(body);
}

/** Lets go of a body that nobody reads. */
export function discard(body: Body): void {
  if (!(body instanceof Uint8Array)) body.resume();
}
