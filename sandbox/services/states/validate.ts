/** Checks a definition before it is stored. A field that the sandbox would ignore is an error: a machine must not run differently here. */
import { parseResource, type StateType } from "./definition.ts";
import { isExpression, syntaxProblem } from "./expressions.ts";

export interface Diagnostic {
  readonly severity: "ERROR";
  readonly code: string;
  readonly message: string;
  readonly location: string;
}

type Json = Record<string, unknown>;

const common = ["Type", "Comment", "QueryLanguage"];
const flow = [...common, "Next", "End", "Output", "Assign"];
const fields: Readonly<Record<StateType, readonly string[]>> = {
  Task: [...flow, "Resource", "Arguments", "Retry", "Catch", "TimeoutSeconds", "HeartbeatSeconds"],
  Pass: flow,
  Choice: [...common, "Choices", "Default", "Output", "Assign"],
  Wait: [...flow, "Seconds", "Timestamp"],
  Succeed: [...common, "Output"],
  Fail: [...common, "Error", "Cause"],
  Parallel: [...flow, "Branches", "Arguments", "Retry", "Catch"],
  Map: [...flow, "Items", "ItemSelector", "MaxConcurrency", "ItemProcessor", "Retry", "Catch"],
};
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
const retrierFields = [
  "ErrorEquals",
  "IntervalSeconds",
  "MaxAttempts",
  "BackoffRate",
  "MaxDelaySeconds",
  "JitterStrategy",
  "Comment",
];

class Checker {
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

/** Every problem of a definition; empty when it runs. */
export function validateDefinition(text: string): Diagnostic[] {
  const check = new Checker();
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (problem) {
    check.add("/", `expected JSON: ${String(problem)}`, "INVALID_JSON_DESCRIPTION");
    return check.problems;
  }
  if (!check.object("/", parsed)) return check.problems;
  if (parsed.QueryLanguage !== "JSONata") {
    check.add(
      "/QueryLanguage",
      `the Sluice sandbox runs JSONata only, got ${JSON.stringify(parsed.QueryLanguage ?? "JSONPath (default)")}; set "QueryLanguage": "JSONata"`,
    );
  }
  check.known("", parsed, ["Comment", "QueryLanguage", "StartAt", "States", "TimeoutSeconds", "Version"]);
  check.number("/TimeoutSeconds", parsed.TimeoutSeconds, 1, 99_999_999);
  branch(check, "", parsed, new Set());
  return check.problems;
}

function branch(check: Checker, location: string, value: Json, names: Set<string>): void {
  if (!check.object(`${location}/States`, value.States)) return;
  const states = value.States;
  if (typeof value.StartAt !== "string" || !(value.StartAt in states)) {
    check.add(
      `${location}/StartAt`,
      `expected the name of a state, got ${JSON.stringify(value.StartAt)}`,
      "MISSING_TRANSITION_TARGET",
    );
  }
  for (const [name, state] of Object.entries(states)) {
    const at = `${location}/States/${name}`;
    if (names.has(name))
      check.add(at, "state names must be unique in the whole machine", "DUPLICATE_STATE_NAME");
    if (name.length > 80)
      check.add(at, `expected at most 80 characters in a state's name, got ${name.length}`);
    names.add(name);
    if (check.object(at, state)) oneState(check, at, state, states, names);
  }
  reachable(check, location, String(value.StartAt), states);
}

function oneState(check: Checker, at: string, state: Json, states: Json, names: Set<string>): void {
  const type = state.Type as StateType;
  const allowed = fields[type];
  if (!allowed) {
    check.add(
      `${at}/Type`,
      `expected one of ${Object.keys(fields).join(", ")}, got ${JSON.stringify(state.Type)}`,
    );
    return;
  }
  check.known(at, state, allowed);
  if (state.QueryLanguage !== undefined && state.QueryLanguage !== "JSONata") {
    check.add(
      `${at}/QueryLanguage`,
      `the Sluice sandbox runs JSONata only, got ${JSON.stringify(state.QueryLanguage)}`,
    );
  }
  const target = (field: string, value: unknown): void => {
    if (typeof value !== "string" || !(value in states)) {
      check.add(
        `${at}/${field}`,
        `expected the name of a state on the same level, got ${JSON.stringify(value)}`,
        "MISSING_TRANSITION_TARGET",
      );
    }
  };
  if (allowed.includes("Next")) {
    if (state.End === true ? state.Next !== undefined : state.Next === undefined)
      check.add(at, "expected exactly one of Next and End");
    else if (state.Next !== undefined) target("Next", state.Next);
  }
  for (const field of ["Output", "Assign", "Arguments", "Items", "ItemSelector", "Error", "Cause"])
    check.template(`${at}/${field}`, state[field]);
  assigns(check, at, state.Assign);
  retries(check, at, state.Retry);
  handlers(check, `${at}/Catch`, state.Catch, "ErrorEquals", target);
  particular(check, at, type, state, target);
  nested(check, at, type, state, names);
}

function particular(
  check: Checker,
  at: string,
  type: StateType,
  state: Json,
  target: (field: string, value: unknown) => void,
): void {
  check.number(`${at}/TimeoutSeconds`, state.TimeoutSeconds, 1, 99_999_999);
  check.number(`${at}/HeartbeatSeconds`, state.HeartbeatSeconds, 1, 99_999_999);
  check.number(`${at}/MaxConcurrency`, state.MaxConcurrency, 0, 40);
  if (type === "Task") {
    const resource = typeof state.Resource === "string" ? parseResource(state.Resource) : "expected a text";
    if (typeof resource === "string")
      check.add(`${at}/Resource`, `Resource ${JSON.stringify(state.Resource)} is not supported: ${resource}`);
  }
  if (type === "Choice") {
    handlers(check, `${at}/Choices`, state.Choices ?? [], "Condition", target);
    if (!Array.isArray(state.Choices) || state.Choices.length === 0)
      check.add(`${at}/Choices`, "expected at least one choice");
    if (state.Default !== undefined) target("Default", state.Default);
  }
  if (type === "Wait") {
    if ((state.Seconds === undefined) === (state.Timestamp === undefined))
      check.add(at, "expected exactly one of Seconds and Timestamp");
    check.number(`${at}/Seconds`, state.Seconds, 0, 99_999_999);
    check.template(`${at}/Timestamp`, state.Timestamp);
  }
}

function nested(check: Checker, at: string, type: StateType, state: Json, names: Set<string>): void {
  if (type === "Parallel") {
    const branches = Array.isArray(state.Branches) ? state.Branches : [];
    if (branches.length === 0) check.add(`${at}/Branches`, "expected at least one branch");
    for (const [i, inner] of branches.entries()) {
      const here = `${at}/Branches/${i}`;
      if (!check.object(here, inner)) continue;
      check.known(here, inner, ["StartAt", "States", "Comment"]);
      branch(check, here, inner, names);
    }
  }
  if (type !== "Map" || !check.object(`${at}/ItemProcessor`, state.ItemProcessor)) return;
  const inner = state.ItemProcessor;
  check.known(`${at}/ItemProcessor`, inner, ["StartAt", "States", "Comment", "ProcessorConfig"]);
  const mode = (inner.ProcessorConfig as Json | undefined)?.Mode ?? "INLINE";
  if (mode !== "INLINE")
    check.add(
      `${at}/ItemProcessor/ProcessorConfig/Mode`,
      `the Sluice sandbox supports INLINE only, got ${JSON.stringify(mode)}`,
    );
  branch(check, `${at}/ItemProcessor`, inner, names);
}

function assigns(check: Checker, at: string, value: unknown): void {
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

function retries(check: Checker, at: string, value: unknown): void {
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
function handlers(
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

function reachable(check: Checker, location: string, start: string, states: Json): void {
  const seen = new Set<string>();
  const queue = [start];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const state = states[name] as Json | undefined;
    if (seen.has(name) || !state) continue;
    seen.add(name);
    const lists = [
      ...(Array.isArray(state.Choices) ? state.Choices : []),
      ...(Array.isArray(state.Catch) ? state.Catch : []),
    ] as Json[];
    queue.push(
      ...[state.Next, state.Default, ...lists.map((entry) => entry?.Next)].filter(
        (next) => typeof next === "string",
      ),
    );
  }
  for (const name of Object.keys(states)) {
    if (!seen.has(name))
      check.add(`${location}/States/${name}`, "the state cannot be reached", "UNREACHABLE_STATE");
  }
}
