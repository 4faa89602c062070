/** `.dvc` files as DVC 3 writes them. No YAML library: a Lambda writes them, and must load quickly. */
import type { DvcOut } from "../../../contracts/dvc.ts";

/** What YAML could read as something else than text is quoted; JSON's strings are YAML's double-quoted ones. */
const isPlain = (text: string): boolean =>
  /^[A-Za-z_][\w./-]*$/.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text);
const quoted = (text: string): string =>
  isPlain(text)
    ? text
    : JSON.stringify(text).replace(
        /[\u007f-\u009f\u2028\u2029\ufeff]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
      );
/** Digits alone, or with one `e` between them, are a number to YAML. */
const hash = (text: string): string => (/^\d+(e\d+)?$/.test(text) ? `'${text}'` : text);

/** Text of a `.dvc` file for outputs that DVC 3 hashed; the keys in DVC's order. */
export function renderDvcFile(outs: readonly (DvcOut & { readonly hash: "md5" })[]): string {
  const entries = outs.map((out) =>
    [
      `- md5: ${out.isFolder ? `${out.md5}.dir` : hash(out.md5)}`,
      ...(out.size === null ? [] : [`  size: ${out.size}`]),
      ...(out.nfiles === null ? [] : [`  nfiles: ${out.nfiles}`]),
      "  hash: md5",
      `  path: ${quoted(out.path)}`,
    ].join("\n"),
  );
  return `outs:\n${entries.join("\n")}\n`;
}
