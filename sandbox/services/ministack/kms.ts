import { parsePolicy } from "../../kernel/iam/policy.ts";
import type { SandboxKernel } from "../../kernel/kernel.ts";

/** Key policies and aliases as they pass by: the gateway decides with them, ministack keeps the keys. */
export class KeyPolicies {
  readonly #kernel: SandboxKernel;
  readonly #policies = new Map<string, string>();
  readonly #aliases = new Map<string, string>();

  constructor(kernel: SandboxKernel) {
    this.#kernel = kernel;
  }

  policy(arn: string): string | undefined {
    return this.#policies.get(arn);
  }

  /** ARN of a key named by id, ARN, alias name or alias ARN. */
  arn(key: string): string {
    const alias = /(?:^|:)(alias\/.+)$/.exec(key)?.[1];
    if (alias !== undefined)
      return (
        this.#aliases.get(alias) ?? `arn:aws:kms:${this.#kernel.region}:${this.#kernel.accountId}:${alias}`
      );
    return key.startsWith("arn:")
      ? key
      : `arn:aws:kms:${this.#kernel.region}:${this.#kernel.accountId}:key/${key}`;
  }

  observe(action: string, input: Record<string, unknown>, body: Uint8Array | string): void {
    if (action === "CreateKey") {
      const created = JSON.parse(Buffer.from(body as Uint8Array).toString("utf8")) as {
        KeyMetadata: { Arn: string };
      };
      this.#policies.set(
        created.KeyMetadata.Arn,
        typeof input.Policy === "string" ? input.Policy : this.#defaultPolicy(),
      );
    } else if (action === "PutKeyPolicy") {
      parsePolicy(String(input.Policy), "resource");
      this.#policies.set(this.arn(String(input.KeyId)), String(input.Policy));
    } else if (action === "CreateAlias" || action === "UpdateAlias") {
      this.#aliases.set(String(input.AliasName), this.arn(String(input.TargetKeyId)));
    } else if (action === "DeleteAlias") {
      this.#aliases.delete(String(input.AliasName));
    }
  }

  #defaultPolicy(): string {
    const principal = { AWS: `arn:aws:iam::${this.#kernel.accountId}:root` };
    const statement = {
      Sid: "Enable IAM User Permissions",
      Effect: "Allow",
      Principal: principal,
      Action: "kms:*",
      Resource: "*",
    };
    return JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  }
}
