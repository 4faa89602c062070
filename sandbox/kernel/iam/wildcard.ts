const compiled = new Map<string, RegExp>();

/** IAM's wildcards: `*` any run of characters, `?` one character, everything else literally. */
export function wildcardMatches(
  pattern: string,
  value: string,
  options: { ignoreCase?: boolean } = {},
): boolean {
  if (pattern === "*" || pattern === value) return true;
  if (!/[*?]/.test(pattern) && !options.ignoreCase) return false;
  const key = `${options.ignoreCase ? "i" : "s"}${pattern}`;
  let expression = compiled.get(key);
  if (!expression) {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".");
    expression = new RegExp(`^${source}$`, options.ignoreCase ? "is" : "s");
    compiled.set(key, expression);
  }
  return expression.test(value);
}

/** Wildcards that do not cross the six colon-separated parts of an ARN, as in `ArnLike`. */
export function arnMatches(pattern: string, arn: string): boolean {
  if (pattern === "*") return true;
  const want = splitArn(pattern);
  const have = splitArn(arn);
  return want.every((part, index) => wildcardMatches(part, have[index] ?? ""));
}

function splitArn(arn: string): readonly string[] {
  const parts = arn.split(":");
  return [...parts.slice(0, 5), parts.slice(5).join(":")];
}
