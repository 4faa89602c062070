import { accountOf } from "../accounts.ts";
import type { ConditionContext } from "./conditions.ts";
import {
  type AccessRequest,
  principalMatch,
  type RequestPrincipal,
  type Statement,
  statementApplies,
} from "./policy.ts";
import type { IamStore } from "./store.ts";

/** Gives the resource policy of an ARN, if the resource has one. */
export type ResourcePolicies = (arn: string) => string | undefined;

export type Decision = { readonly allowed: true } | { readonly allowed: false; readonly reason: string };

const allowed: Decision = { allowed: true };

/** Finds the authorizer of another account of the sandbox. */
export type OtherAuthorizers = (accountId: string | undefined) => Authorizer | undefined;

/**
 * IAM's evaluation: a Deny anywhere wins; else, inside one account, the identity policy or the resource policy must allow.
 * KMS keys are stricter, as in AWS: the key policy must allow the principal, or allow the account and so delegate to IAM.
 * Between accounts both must allow: the caller's policies in its account, and the resource's policy, which names the caller or its account.
 */
export class Authorizer {
  readonly #store: IamStore;
  readonly #others: OtherAuthorizers;
  readonly #policies: ResourcePolicies[] = [];

  constructor(store: IamStore, others: OtherAuthorizers = () => undefined) {
    this.#store = store;
    this.#others = others;
  }

  /** Adds a place to look for resource policies. */
  addResourcePolicies(policies: ResourcePolicies): void {
    this.#policies.push(policies);
  }

  decide(principal: RequestPrincipal, action: string, resource: string, context: ConditionContext): Decision {
    const home = this.#others(principal.accountId) ?? this;
    // An ARN without an account is of S3, whose service asks the authorizer of the bucket's owner.
    const owner = this.#others(accountOf(resource)) ?? this;
    const isAdministrator = principal.arn === home.administratorArn;
    if (isAdministrator && home === owner) return allowed;
    const request: AccessRequest = { action, resource, context: owner.#fullContext(principal, context) };
    const attached = owner.#resourceStatements(resource);
    const identity = principal.arn === undefined ? [] : home.#identity(principal.arn);
    const subject = describe(principal, home.#store.accountId, action, resource);
    if (identity.some((s) => s.effect === "Deny" && statementApplies(s, request)))
      return refuse(`${subject} with an explicit deny in an identity-based policy`);
    if (
      attached?.some(
        (s) => s.effect === "Deny" && principalMatch(s, principal) !== "none" && statementApplies(s, request),
      )
    )
      return refuse(`${subject} with an explicit deny in a resource-based policy`);
    const byIdentity = isAdministrator || home.#identityAllows(principal, identity, request);
    const byResource = grants(attached ?? [], principal, request);
    if (principal.arn !== undefined && home !== owner)
      return decideTogether(subject, action, byIdentity === true, byResource);
    if (byIdentity === "boundary" && byResource !== "direct")
      return refuse(`${subject} because no permissions boundary allows the ${action} action`);
    if (resource.startsWith("arn:aws:kms:") && resource.includes(":key/"))
      return byResource === "direct"
        ? allowed
        : decideTogether(subject, action, byIdentity === true, byResource);
    if (byIdentity === true || byResource === "direct") return allowed;
    const missing = principal.arn === undefined ? "resource-based" : "identity-based";
    return refuse(`${subject} because no ${missing} policy allows the ${action} action`);
  }

  /** Whether a trust policy lets `principal` assume the role; one of another account must be allowed to by its own policies, too. */
  mayAssume(roleArn: string, principal: RequestPrincipal, context: ConditionContext): boolean {
    const owner = this.#others(accountOf(roleArn)) ?? this;
    if (owner !== this) return owner.mayAssume(roleArn, principal, context);
    const role = this.#store.roleByArn(roleArn);
    if (!role) return false;
    const request = {
      action: "sts:AssumeRole",
      resource: roleArn,
      context: this.#fullContext(principal, context),
    };
    const relevant = this.#store
      .trustStatements(role)
      .filter((s) => principalMatch(s, principal) !== "none" && statementApplies(s, request));
    if (!relevant.some((s) => s.effect === "Allow") || relevant.some((s) => s.effect === "Deny"))
      return false;
    const home = this.#others(principal.accountId) ?? this;
    return (
      home === this ||
      principal.arn === undefined ||
      principal.arn === home.administratorArn ||
      home.#identityAllows(principal, home.#identity(principal.arn), request) === true
    );
  }

  get administratorArn(): string {
    return `arn:aws:iam::${this.#store.accountId}:root`;
  }

  #identity(principalArn: string): readonly Statement[] {
    const role = this.#store.roleByArn(principalArn);
    return role ? this.#store.identityStatements(role) : [];
  }

  #identityAllows(
    principal: RequestPrincipal,
    identity: readonly Statement[],
    request: AccessRequest,
  ): boolean | "boundary" {
    if (!identity.some((s) => s.effect === "Allow" && statementApplies(s, request))) return false;
    const role = principal.arn === undefined ? undefined : this.#store.roleByArn(principal.arn);
    const boundary = role && this.#store.boundaryStatements(role);
    if (!boundary) return true;
    return boundary.some((s) => s.effect === "Allow" && statementApplies(s, request)) ? true : "boundary";
  }

  #resourceStatements(resource: string): readonly Statement[] | undefined {
    for (const policies of this.#policies) {
      const document = policies(resource);
      if (document !== undefined) return this.#store.resourceStatements(document);
    }
    return undefined;
  }

  #fullContext(principal: RequestPrincipal, context: ConditionContext): ConditionContext {
    return {
      "aws:principalarn": principal.arn,
      "aws:principalaccount": principal.arn === undefined ? undefined : principal.accountId,
      "aws:principaltype": principal.arn === undefined ? undefined : "AssumedRole",
      "aws:principalisawsservice": String(principal.service !== undefined),
      "aws:resourceaccount": this.#store.accountId,
      // The sandbox listens on plain HTTP on the loopback interface; AWS's endpoints that it stands for speak TLS.
      "aws:securetransport": "true",
      ...context,
    };
  }
}

function grants(
  statements: readonly Statement[],
  principal: RequestPrincipal,
  request: AccessRequest,
): "direct" | "account" | "none" {
  let best: "direct" | "account" | "none" = "none";
  for (const statement of statements) {
    if (statement.effect !== "Allow") continue;
    const match = principalMatch(statement, principal);
    if (match === "none" || !statementApplies(statement, request)) continue;
    if (match === "direct") return "direct";
    best = "account";
  }
  return best;
}

/** Where the resource's policy must speak of the caller and the caller's own policies must allow. */
function decideTogether(
  subject: string,
  action: string,
  byIdentity: boolean,
  byResource: "direct" | "account" | "none",
): Decision {
  if (byResource !== "none" && byIdentity) return allowed;
  const missing = byResource === "none" ? "resource-based" : "identity-based";
  return refuse(`${subject} because no ${missing} policy allows the ${action} action`);
}

function describe(principal: RequestPrincipal, accountId: string, action: string, resource: string): string {
  const who = principal.service ?? sessionArn(principal.arn ?? "", accountId);
  return `User: ${who} is not authorized to perform: ${action} on resource: ${resource}`;
}

/** AWS names a role in messages by the session that it acts in. */
function sessionArn(arn: string, accountId: string): string {
  const role = /:role\/(?:.*\/)?([^/]+)$/.exec(arn)?.[1];
  return role ? `arn:aws:sts::${accountId}:assumed-role/${role}/sluice` : arn;
}

function refuse(reason: string): Decision {
  return { allowed: false, reason };
}
