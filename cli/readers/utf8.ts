/** Text of files, which must be UTF-8. */
import { isUtf8 } from "node:buffer";
import { shown } from "./inputError.ts";

/** Stands in text for bytes that are no UTF-8, and in some files for itself. */
export const REPLACEMENT = "\uFFFD";

/** What bytes are instead of UTF-8, if they are not. @param text the bytes as text */
export function notUtf8(bytes: Buffer, text: string): string | undefined {
  if (!text.includes(REPLACEMENT) || isUtf8(bytes)) return undefined;
  const mark = bytes.subarray(0, 2).toString("hex");
  if (mark === "fffe" || mark === "feff") return "UTF-16, by its byte-order mark; convert it to UTF-8";
  const from = text.indexOf(REPLACEMENT);
  const at = Buffer.byteLength(text.slice(0, from));
  const after = shown(text.slice(Math.max(0, from - 20), from));
  return `byte 0x${bytes.toString("hex", at, at + 1)} after ${after}; convert it to UTF-8`;
}
