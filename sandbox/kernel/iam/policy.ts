import {
  type ConditionBlock,
  type ConditionContext,
  conditionsHold,
  parseOperator,
  substitute,
  supportedOperators,
} from "./conditions.ts";
import { wildcardMatches } from "./wildcard.ts";

export interface Statement {
  readonly sid?: string;
  readonly effect: "Allow" | "Deny";
  readonly actions: readonly string[];
  readonly notActions: boolean;
  readonly resources: readonly string[];
  readonly notResources: boolean;
  readonly principals: Principals | undefined;
  readonly notPrincipals: boolean;
  readonly conditions: ConditionBlock;
}

/** `*` in `AWS` means everyone. */
export interface Principals {
  readonly AWS: readonly string[];
  readonly Service: readonly string[];
}

export interface AccessRequest {
  readonly action: string;
  readonly resource: string;
  readonly context: ConditionContext;
}

/** How a principal is named by a resource policy: directly, or only through its account. */
export type PrincipalMatch = "direct" | "account" | "none";

export interface RequestPrincipal {
  /** ARN of the role or user; undefined for an AWS service. */
  readonly arn?: string;
  readonly accountId: string;
  /** `events.amazonaws.com` when a service acts for itself. */
  readonly service?: string;
}

const known = new Set([
  "Sid",
  "Effect",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Principal",
  "NotPrincipal",
  "Condition",
]);

/**
 * Reads a policy document into statements.
 * @throws Error listing every problem: malformed JSON, unknown elements, operators that the sandbox does not evaluate
 */
export function parsePolicy(text: string, kind: "identity" | "resource" | "trust"): readonly Statement[] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new Error(`policy: expected JSON: ${(cause as Error).message}`);
  }
  const problems: string[] = [];
  const body = document as { Statement?: unknown };
  const list = Array.isArray(body?.Statement)
    ? body.Statement
    : body?.Statement === undefined
      ? []
      : [body.Statement];
  if (list.length === 0) problems.push("Statement: expected at least one statement");
  const statements = list.map((raw, index) =>
    parseStatement(raw as Raw, kind, `Statement[${index}]`, problems),
  );
  if (problems.length > 0) throw new Error(problems.join("; "));
  return statements;
}

type Raw = Readonly<Record<string, unknown>>;

function parseStatement(
  raw: Raw,
  kind: "identity" | "resource" | "trust",
  path: string,
  problems: string[],
): Statement {
  for (const key of Object.keys(raw)) if (!known.has(key)) problems.push(`${path}.${key}: unknown element`);
  const effect = raw.Effect;
  if (effect !== "Allow" && effect !== "Deny")
    problems.push(`${path}.Effect: expected "Allow" or "Deny", got ${JSON.stringify(effect)}`);
  const actions = strings(raw.Action ?? raw.NotAction);
  if (actions.length === 0) problems.push(`${path}: expected Action or NotAction`);
  for (const action of actions)
    if (action !== "*" && !/^[a-zA-Z0-9-]+:[A-Za-z0-9*?]+$/.test(action))
      problems.push(`${path}.Action: expected "service:Action", got ${JSON.stringify(action)}`);
  const resources = strings(raw.Resource ?? raw.NotResource);
  if (kind === "identity" && resources.length === 0)
    problems.push(`${path}: expected Resource or NotResource`);
  for (const resource of kind === "identity" ? resources : [])
    if (resource !== "*" && !/^(arn|\*)(:|$)/.test(resource))
      problems.push(`${path}.Resource: expected "*" or an ARN, got ${JSON.stringify(resource)}`);
  const named = raw.Principal ?? raw.NotPrincipal;
  if (kind === "identity" && named !== undefined)
    problems.push(`${path}.Principal: not allowed in an identity policy`);
  if (kind !== "identity" && named === undefined) problems.push(`${path}: expected Principal`);
  const conditions = parseConditions(raw.Condition, path, problems);
  return {
    ...(typeof raw.Sid === "string" ? { sid: raw.Sid } : {}),
    effect: effect === "Deny" ? "Deny" : "Allow",
    actions,
    notActions: raw.Action === undefined,
    resources: resources.length > 0 ? resources : ["*"],
    notResources: raw.NotResource !== undefined,
    principals: named === undefined ? undefined : parsePrincipals(named, path, problems),
    notPrincipals: raw.NotPrincipal !== undefined,
    conditions,
  };
}

function parsePrincipals(raw: unknown, path: string, problems: string[]): Principals {
  if (raw === "*") return { AWS: ["*"], Service: [] };
  const map = raw as Raw;
  for (const key of Object.keys(map))
    if (key !== "AWS" && key !== "Service")
      problems.push(`${path}.Principal.${key}: the sandbox evaluates AWS and Service principals only`);
  return { AWS: strings(map.AWS), Service: strings(map.Service) };
}

function parseConditions(raw: unknown, path: string, problems: string[]): ConditionBlock {
  const block: Record<string, Record<string, readonly string[]>> = {};
  for (const [operator, keys] of Object.entries((raw ?? {}) as Raw)) {
    if (!parseOperator(operator))
      problems.push(
        `${path}.Condition.${operator}: the sandbox does not evaluate this operator; supported: ${supportedOperators.join(", ")}`,
      );
    const entries = Object.entries((keys ?? {}) as Raw).map(([key, value]) => [key, strings(value)] as const);
    block[operator] = Object.fromEntries(entries);
  }
  return block;
}

function strings(raw: unknown): readonly string[] {
  if (raw === undefined || raw === null) return [];
  return (Array.isArray(raw) ? raw : [raw]).map(String);
}

/** Whether a statement speaks about this action, resource and situation; principals are looked at separately. */
export function statementApplies(statement: Statement, request: AccessRequest): boolean {
  const action = statement.actions.some((pattern) =>
    wildcardMatches(pattern, request.action, { ignoreCase: true }),
  );
  if (action === statement.notActions) return false;
  const resource = statement.resources.some((pattern) =>
    wildcardMatches(substitute(pattern, request.context), request.resource),
  );
  if (resource === statement.notResources) return false;
  return conditionsHold(statement.conditions, request.context);
}

export function principalMatch(statement: Statement, principal: RequestPrincipal): PrincipalMatch {
  const match = namedBy(statement.principals, principal);
  if (!statement.notPrincipals) return match;
  return match === "none" ? "direct" : "none";
}

function namedBy(principals: Principals | undefined, principal: RequestPrincipal): PrincipalMatch {
  if (!principals) return "none";
  if (principal.service !== undefined)
    return principals.AWS.includes("*") || principals.Service.includes(principal.service) ? "direct" : "none";
  const root = `arn:aws:iam::${principal.accountId}:root`;
  if (principals.AWS.some((name) => name === "*" || name === principal.arn)) return "direct";
  return principals.AWS.some((name) => name === root || name === principal.accountId) ? "account" : "none";
}
