import { parsePolicy, type Statement } from "./policy.ts";

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

export interface Role {
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly id: string;
  readonly created: number;
  trustPolicy: string;
  description: string | undefined;
  maxSessionSeconds: number;
  permissionsBoundary: string | undefined;
  tags: Tag[];
  readonly inline: Map<string, string>;
  readonly attached: Set<string>;
}

export interface ManagedPolicy {
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly id: string;
  readonly created: number;
  readonly description: string | undefined;
  readonly versions: Map<string, { document: string; created: number }>;
  defaultVersion: string;
  tags: Tag[];
}

/** The account's roles and policies, with their documents parsed once. */
export class IamStore {
  readonly accountId: string;
  readonly roles = new Map<string, Role>();
  readonly policies = new Map<string, ManagedPolicy>();
  readonly #parsed = new Map<string, readonly Statement[]>();

  constructor(accountId: string) {
    this.accountId = accountId;
  }

  roleByArn(arn: string): Role | undefined {
    const role = this.roles.get(arn.slice(arn.lastIndexOf("/") + 1));
    return role?.arn === arn ? role : undefined;
  }

  /** All statements that a role's inline and attached policies hold. */
  identityStatements(role: Role): readonly Statement[] {
    const documents = [
      ...role.inline.values(),
      ...[...role.attached].flatMap((arn) => this.#managedDocument(arn)),
    ];
    return documents.flatMap((document) => this.#statements(document, "identity"));
  }

  boundaryStatements(role: Role): readonly Statement[] | undefined {
    if (role.permissionsBoundary === undefined) return undefined;
    return this.#managedDocument(role.permissionsBoundary).flatMap((text) =>
      this.#statements(text, "identity"),
    );
  }

  trustStatements(role: Role): readonly Statement[] {
    return this.#statements(role.trustPolicy, "trust");
  }

  resourceStatements(document: string): readonly Statement[] {
    return this.#statements(document, "resource");
  }

  #managedDocument(arn: string): readonly string[] {
    const policy = this.policies.get(arn);
    const version = policy?.versions.get(policy.defaultVersion);
    return version ? [version.document] : [];
  }

  #statements(document: string, kind: "identity" | "resource" | "trust"): readonly Statement[] {
    const key = `${kind} ${document}`;
    let statements = this.#parsed.get(key);
    if (!statements) {
      statements = parsePolicy(document, kind);
      if (this.#parsed.size > 5_000) this.#parsed.clear();
      this.#parsed.set(key, statements);
    }
    return statements;
  }
}
