import { parsePolicy } from "../../kernel/iam/policy.ts";

/** Resource policies of tables as they pass by: the gateway decides with them, ministack keeps the tables. */
export class TablePolicies {
  readonly #policies = new Map<string, string>();

  /** Of a table, which is that of its indexes, too. */
  policy(arn: string): string | undefined {
    return this.#policies.get(arn.replace(/\/index\/.*$/, ""));
  }

  observe(action: string, input: Record<string, unknown>, tableArn: (name: string) => string): void {
    if (action === "PutResourcePolicy") {
      parsePolicy(String(input.Policy), "resource");
      this.#policies.set(String(input.ResourceArn), String(input.Policy));
    } else if (action === "DeleteResourcePolicy") this.#policies.delete(String(input.ResourceArn));
    else if (action === "CreateTable" && typeof input.ResourcePolicy === "string")
      this.#policies.set(tableArn(String(input.TableName)), input.ResourcePolicy);
    else if (action === "DeleteTable") this.#policies.delete(tableArn(String(input.TableName)));
  }
}
