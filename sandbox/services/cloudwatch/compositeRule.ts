import type { StateValue } from "./judge.ts";

export type Rule =
  | { readonly kind: "state"; readonly state: StateValue; readonly alarm: string }
  | { readonly kind: "constant"; readonly value: boolean }
  | { readonly kind: "not"; readonly rule: Rule }
  | { readonly kind: "and" | "or"; readonly rules: readonly Rule[] };

/** Parses `ALARM("a") AND NOT (OK(b) OR TRUE)`; names may be ARNs. @throws Error at the first thing that is no rule */
export function parseRule(text: string): Rule {
  const tokens = text.match(/"[^"]*"|\(|\)|[^\s()"]+/g) ?? [];
  let position = 0;
  const fail = (expected: string): never => {
    throw new Error(
      `AlarmRule: expected ${expected}, got ${JSON.stringify(tokens[position] ?? "the end")} in ${JSON.stringify(text)}`,
    );
  };
  const accept = (token: string): boolean => {
    if (tokens[position]?.toUpperCase() !== token) return false;
    position++;
    return true;
  };
  const parseOr = (): Rule => {
    const rules = [parseAnd()];
    while (accept("OR")) rules.push(parseAnd());
    return rules.length === 1 ? (rules[0] as Rule) : { kind: "or", rules };
  };
  const parseAnd = (): Rule => {
    const rules = [parseNot()];
    while (accept("AND")) rules.push(parseNot());
    return rules.length === 1 ? (rules[0] as Rule) : { kind: "and", rules };
  };
  const parseNot = (): Rule => {
    if (accept("NOT")) return { kind: "not", rule: parseNot() };
    if (accept("TRUE")) return { kind: "constant", value: true };
    if (accept("FALSE")) return { kind: "constant", value: false };
    if (accept("(")) {
      const inner = parseOr();
      if (!accept(")")) fail('")"');
      return inner;
    }
    const state = tokens[position++]?.toUpperCase();
    if (state !== "ALARM" && state !== "OK" && state !== "INSUFFICIENT_DATA") {
      position--;
      return fail("ALARM(), OK(), INSUFFICIENT_DATA(), NOT, TRUE or FALSE");
    }
    if (!accept("(")) fail('"("');
    const name = tokens[position++] ?? fail("an alarm name");
    if (!accept(")")) fail('")"');
    return { kind: "state", state, alarm: name.replace(/^"|"$/g, "").replace(/^arn:.*:alarm:/, "") };
  };
  const rule = parseOr();
  if (position < tokens.length) fail("the end");
  return rule;
}

export function childrenOf(rule: Rule): readonly string[] {
  if (rule.kind === "state") return [rule.alarm];
  if (rule.kind === "not") return childrenOf(rule.rule);
  return rule.kind === "constant" ? [] : rule.rules.flatMap(childrenOf);
}

export function evaluateRule(rule: Rule, stateOf: (alarm: string) => StateValue): boolean {
  switch (rule.kind) {
    case "state":
      return stateOf(rule.alarm) === rule.state;
    case "constant":
      return rule.value;
    case "not":
      return !evaluateRule(rule.rule, stateOf);
    case "and":
      return rule.rules.every((each) => evaluateRule(each, stateOf));
    case "or":
      return rule.rules.some((each) => evaluateRule(each, stateOf));
  }
}
