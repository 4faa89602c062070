/** IAM's prefix where it differs from the name in the credential scope. */
const prefixes: Readonly<Record<string, string>> = { monitoring: "cloudwatch" };

/** Operations whose permission has another name than the operation, and those that need none (undefined). */
const renamed: Readonly<Record<string, string | undefined>> = {
  "lambda:Invoke": "lambda:InvokeFunction",
  "lambda:InvokeAsync": "lambda:InvokeFunction",
  "sts:GetCallerIdentity": undefined,
  "dynamodb:BatchExecuteStatement": "dynamodb:PartiQLUpdate",
  "sqs:SendMessageBatch": "sqs:SendMessage",
  "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
  "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
  "sns:PublishBatch": "sns:Publish",
};

/** The permission that an operation needs, or undefined when it needs none of its own. */
export function iamAction(signingName: string, operation: string): string | undefined {
  const action = `${prefixes[signingName] ?? signingName}:${operation}`;
  return action in renamed ? renamed[action] : action;
}

/** The service principal under which a service assumes roles that were passed to it. */
export function principalOfService(signingName: string): string {
  return `${signingName === "monitoring" ? "cloudwatch" : signingName}.amazonaws.com`;
}

const passing = new Set([
  "sagemaker",
  "states",
  "lambda",
  "codepipeline",
  "codebuild",
  "scheduler",
  "events",
]);
const roleArn = /^arn:aws:iam::\d{12}:role\//;

/** Roles that an input hands over to a service; AWS asks for `iam:PassRole` on each. */
export function passedRoles(
  signingName: string,
  operation: string,
  input: Record<string, unknown>,
): readonly string[] {
  if (!passing.has(signingName) || !/^(Create|Update|Put|Start|Register)/.test(operation)) return [];
  const found = new Set<string>();
  collect(input, false, found);
  return [...found];
}

function collect(value: unknown, underRoleKey: boolean, found: Set<string>): void {
  if (typeof value === "string") {
    if (underRoleKey && roleArn.test(value)) found.add(value);
    return;
  }
  if (typeof value !== "object" || value === null || value instanceof Uint8Array || value instanceof Date)
    return;
  for (const [key, child] of Object.entries(value)) collect(child, /role/i.test(key), found);
}
