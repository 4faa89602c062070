/** Collects the problems of a definition. */
import { isExpression, syntaxProblem } from "./expressions.ts";

export interface Diagnostic {
  readonly severity: "ERROR";
  readonly code: string;
  readonly message: string;
  readonly location: string;
}

export type Json = Record<string, unknown>;

const jsonPathFields = [
  "InputPath",
  "OutputPath",
  "ResultPath",
  "ResultSelector",
  "Parameters",
  "ItemsPath",
  "SecondsPath",
  "TimestampPath",
  "CausePath",
  "ErrorPath",
  "TimeoutSecondsPath",
  "HeartbeatSecondsPath",
  "Variable",
];

/** Every finding with its place in the definition. */
export class Checker {
  readonly problems: Diagnostic[] = [];

  add(location: string, message: string, code = "SCHEMA_VALIDATION_FAILED"): void {
    this.problems.push({ severity: "ERROR", code, message, location });
  }

  known(location: string, value: Json, allowed: readonly string[]): void {
    for (const key of Object.keys(value)) {
      if (allowed.includes(key)) continue;
      if (jsonPathFields.includes(key)) {
        this.add(
          `${location}/${key}`,
          `The Sluice sandbox runs JSONata only and "${key}" is a JSONPath field; use Arguments, Output and Assign`,
        );
      } else this.add(`${location}/${key}`, `Field "${key}" is not supported here`);
    }
  }

  object(location: string, value: unknown): value is Json {
    if (value !== null && typeof value === "object" && !Array.isArray(value)) return true;
    this.add(location, `expected an object, got ${JSON.stringify(value)}`);
    return false;
  }

  /** Every expression inside a template must parse. */
  template(location: string, value: unknown): void {
    if (typeof value === "string") {
      if (!isExpression(value)) return;
      const problem = syntaxProblem(value);
      if (problem) this.add(location, problem, "INVALID_JSONATA_EXPRESSION");
    } else if (value !== null && typeof value === "object") {
      for (const [key, inner] of Object.entries(value)) this.template(`${location}/${key}`, inner);
    }
  }

  number(location: string, value: unknown, least: number, most: number): void {
    if (value === undefined || (typeof value === "string" && isExpression(value))) {
      this.template(location, value);
      return;
    }
    if (typeof value !== "number" || value < least || value > most) {
      this.add(
        location,
        `expected a number from ${least} to ${most} or a JSONata expression, got ${JSON.stringify(value)}`,
      );
    }
  }
}
