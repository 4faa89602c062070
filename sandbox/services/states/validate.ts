/** Checks a definition before it is stored. A field that the sandbox would ignore is an error: a machine must not run differently here. */
import { Checker, type Diagnostic, type Json } from "./checker.ts";
import { parseResource, type StateType } from "./definition.ts";
import { assigns, handlers, retries } from "./rules.ts";

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
