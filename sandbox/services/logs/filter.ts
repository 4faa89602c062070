import { ServiceError } from "../../kernel/types.ts";

/**
 * Filter patterns: terms and quoted phrases (all must occur), `-term` (must not), `?a ?b` (one must).
 * @throws ServiceError for JSON and space-delimited patterns, which the sandbox does not evaluate
 */
export function matcherOf(pattern: string): (message: string) => boolean {
  const text = pattern.trim();
  if (text === "") return () => true;
  if (text.startsWith("{") || text.startsWith("[") || text.startsWith("%"))
    throw new ServiceError(
      "NotImplemented",
      `the Sluice sandbox does not support logs filter pattern ${JSON.stringify(pattern)}; use terms`,
      { status: 501 },
    );
  const terms = [...text.matchAll(/([-?]?)(?:"([^"]*)"|(\S+))/g)].map(([, sign, quoted, plain]) => ({
    sign,
    value: quoted ?? plain ?? "",
  }));
  const optional = terms.filter((term) => term.sign === "?");
  return (message) =>
    terms.every((term) => {
      if (term.sign === "?") return true;
      return message.includes(term.value) === (term.sign !== "-");
    }) &&
    (optional.length === 0 || optional.some((term) => message.includes(term.value)));
}
