import type { SandboxKernel } from "../../kernel/kernel.ts";
import type { Queries } from "./athena.ts";
import type { KeyPolicies } from "./kms.ts";
import { queueArn, queueName } from "./sqs.ts";

type Input = Record<string, unknown>;

/** ARNs that IAM checks for a call to one of ministack's JSON services. */
export function resourcesOf(
  service: string,
  action: string,
  input: Input,
  kernel: SandboxKernel,
  { keys, queries }: { readonly keys: KeyPolicies; readonly queries: Queries },
): readonly string[] {
  const arn = (rest: string) => `arn:aws:${service}:${kernel.region}:${kernel.accountId}:${rest}`;
  switch (service) {
    case "dynamodb":
      return tables(input).map((table) => withIndex(tableArn(table, kernel), input));
    case "sqs":
      return action === "ListQueues" ? ["*"] : [queueArn(kernel, queueName(input))];
    case "kms":
      return [keyArn(action, input, keys)];
    case "ssm": {
      const names = [input.Name, ...((input.Names as unknown[] | undefined) ?? []), input.Path].filter(
        (name) => typeof name === "string",
      );
      return names.length === 0
        ? ["*"]
        : names.map((name) => arn(`parameter/${String(name).replace(/^\//, "")}`));
    }
    case "athena": {
      const workgroup = queries.workgroup(input);
      return workgroup === undefined ? ["*"] : [arn(`workgroup/${workgroup}`)];
    }
    default:
      return ["*"];
  }
}

function tables(input: Input): readonly string[] {
  if (typeof input.TableName === "string") return [input.TableName];
  if (typeof input.ResourceArn === "string") return [input.ResourceArn];
  if (input.RequestItems) return Object.keys(input.RequestItems);
  const items = (input.TransactItems ?? []) as readonly Record<string, { TableName?: string }>[];
  const named = items.flatMap((item) => Object.values(item).flatMap((each) => each.TableName ?? []));
  return named.length > 0 ? [...new Set(named)] : ["*"];
}

/** ARN of a table that is named by name or ARN. */
export function tableArn(table: string, kernel: Pick<SandboxKernel, "region" | "accountId">): string {
  if (table === "*" || table.startsWith("arn:")) return table;
  return `arn:aws:dynamodb:${kernel.region}:${kernel.accountId}:table/${table}`;
}

const withIndex = (arn: string, input: Input): string =>
  typeof input.IndexName === "string" && arn !== "*" ? `${arn}/index/${input.IndexName}` : arn;

function keyArn(action: string, input: Input, keys: KeyPolicies): string {
  if (action === "CreateKey" || action === "ListKeys" || action === "ListAliases") return "*";
  const key = input.KeyId ?? input.TargetKeyId ?? input.ResourceId;
  if (typeof key === "string") return keys.arn(key);
  // ministack's ciphertext begins with the id of its key, as AWS's holds it inside.
  if (input.CiphertextBlob instanceof Uint8Array)
    return keys.arn(Buffer.from(input.CiphertextBlob).toString("latin1", 0, 36));
  return typeof input.AliasName === "string" ? keys.arn(input.AliasName) : "*";
}

const transactionActions: Readonly<Record<string, string>> = {
  Put: "dynamodb:PutItem",
  Update: "dynamodb:UpdateItem",
  Delete: "dynamodb:DeleteItem",
  ConditionCheck: "dynamodb:ConditionCheckItem",
  Get: "dynamodb:GetItem",
};

/** A transaction needs the permission of each of its parts, none of its own. */
export function transactionPermissions(
  input: Input,
  kernel: SandboxKernel,
): readonly { action: string; resource: string }[] | undefined {
  const items = input.TransactItems as readonly Record<string, { TableName?: string }>[] | undefined;
  return items?.flatMap((item) =>
    Object.entries(item).map(([kind, part]) => ({
      action: transactionActions[kind] ?? "dynamodb:*",
      resource: tableArn(String(part.TableName), kernel),
    })),
  );
}
