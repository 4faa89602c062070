/** Checks of what states share: assignments, retriers, catchers and choices. */
import type { Checker } from "./checker.ts";
import { isExpression } from "./expressions.ts";

const retrierFields = [
  "ErrorEquals",
  "IntervalSeconds",
  "MaxAttempts",
  "BackoffRate",
  "MaxDelaySeconds",
  "JitterStrategy",
  "Comment",
];

export function assigns(check: Checker, at: string, value: unknown): void {
  if (value === undefined || !check.object(`${at}/Assign`, value)) return;
  for (const name of Object.keys(value)) {
    if (!/^[\p{L}_][\p{L}\p{N}_]{0,79}$/u.test(name) || name === "states") {
      check.add(
        `${at}/Assign/${name}`,
        `expected a variable name (letters, digits, underscores, not "states"), got ${JSON.stringify(name)}`,
      );
    }
  }
}

function errorNames(check: Checker, at: string, list: unknown, isLast: boolean): void {
  if (!Array.isArray(list) || list.length === 0) {
    check.add(`${at}/ErrorEquals`, "expected at least one error name");
    return;
  }
  if (list.includes("States.ALL") && (list.length > 1 || !isLast)) {
    check.add(`${at}/ErrorEquals`, "States.ALL must stand alone and last");
  }
}

export function retries(check: Checker, at: string, value: unknown): void {
  if (value === undefined) return;
  if (!Array.isArray(value)) {
    check.add(`${at}/Retry`, "expected a list");
    return;
  }
  for (const [i, retrier] of value.entries()) {
    const here = `${at}/Retry/${i}`;
    if (!check.object(here, retrier)) continue;
    check.known(here, retrier, retrierFields);
    errorNames(check, here, retrier.ErrorEquals, i === value.length - 1);
    const limits: [string, number, number][] = [
      ["IntervalSeconds", 1, 99_999_999],
      ["MaxAttempts", 0, 99_999_999],
      ["BackoffRate", 1, 1e6],
      ["MaxDelaySeconds", 1, 31_622_400],
    ];
    for (const [field, least, most] of limits) {
      const given = retrier[field];
      if (given !== undefined && (typeof given !== "number" || given < least || given > most)) {
        check.add(
          `${here}/${field}`,
          `expected a number from ${least} to ${most}, got ${JSON.stringify(given)}`,
        );
      }
    }
    if (retrier.JitterStrategy !== undefined && !["FULL", "NONE"].includes(String(retrier.JitterStrategy))) {
      check.add(
        `${here}/JitterStrategy`,
        `expected FULL or NONE, got ${JSON.stringify(retrier.JitterStrategy)}`,
      );
    }
  }
}

/** Catchers and choices: a rule, where to go, and what to hand on. */
export function handlers(
  check: Checker,
  at: string,
  value: unknown,
  rule: "ErrorEquals" | "Condition",
  target: (field: string, value: unknown) => void,
): void {
  if (value === undefined) return;
  if (!Array.isArray(value)) {
    check.add(at, "expected a list");
    return;
  }
  for (const [i, handler] of value.entries()) {
    const here = `${at}/${i}`;
    if (!check.object(here, handler)) continue;
    check.known(here, handler, [rule, "Next", "Output", "Assign", "Comment"]);
    target(`${here.split("/").slice(-2).join("/")}/Next`, handler.Next);
    check.template(`${here}/Output`, handler.Output);
    check.template(`${here}/Assign`, handler.Assign);
    assigns(check, here, handler.Assign);
    if (rule === "ErrorEquals") errorNames(check, here, handler.ErrorEquals, i === value.length - 1);
    else if (typeof handler.Condition === "string" && isExpression(handler.Condition))
      check.template(`${here}/Condition`, handler.Condition);
    else if (typeof handler.Condition !== "boolean")
      check.add(
        `${here}/Condition`,
        `expected a JSONata expression {% … %}, got ${JSON.stringify(handler.Condition)}`,
      );
  }
}
