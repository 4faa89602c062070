/** Bad input of a command: says file, and line, column and value where there are any, and what was expected. Exit status 2. */
export class InputError extends Error {
  constructor(
    file: string,
    expected: string,
    got: string,
    at: { readonly line?: number; readonly column?: string } = {},
  ) {
    const line = at.line === undefined ? "" : `:${at.line}`;
    const column = at.column === undefined ? "" : `, column ${JSON.stringify(at.column)}`;
    super(`${file}${line}${column}: expected ${expected}, got ${got}`);
    this.name = "InputError";
  }
}

/** A value as an error message shows it: short, and as JSON. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** What unpacking said, as bad input where the file is to blame. */
export function gzipError(file: string, error: unknown): unknown {
  const isOfZlib = error instanceof Error && "code" in error && String(error.code).startsWith("Z_");
  return isOfZlib ? new InputError(file, "a whole gzip file", error.message) : error;
}
