/** Wrong input: every problem at once, each with where, what was expected and what came. Its message is the problems, a line each. */
export abstract class ProblemsError extends Error {
  abstract readonly code: string;
  readonly problems: readonly string[];
  /** `name` as text, because minified bundles rename classes. */
  constructor(name: string, problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = name;
    this.problems = problems;
  }
}

/** A problem as its line of the message says it. */
export function problem(where: string, expected: string, got: unknown): string {
  return `${where}: expected ${expected}, got ${JSON.stringify(got)}`;
}
