/** Reads another stack's one typed output. */
import * as pulumi from "@pulumi/pulumi";
import { OUTPUTS } from "../contracts/stackOutputs.ts";
import type { DeployContext } from "../infra/shared/context.ts";

/**
 * The outputs as plain values: components decide by them which resources exist, so they must be known. `arnIn` gives an ARN of the other
 * stack's account, which must be this one's.
 */
export async function outputsOf<T>(
  stackName: string,
  { accountId }: DeployContext,
  arnIn: (outputs: T) => string,
): Promise<T> {
  const reference = new pulumi.StackReference(stackName);
  const details = await reference.getOutputDetails(OUTPUTS);
  const value = (details.value ?? details.secretValue) as T | undefined;
  if (value === undefined)
    throw new Error(
      `stack ${stackName}: expected the output "${OUTPUTS}", found none; bring that stack up first (order: foundation, environments, delivery)`,
    );
  requireAccount(stackName, arnIn(value), accountId);
  return value;
}

/** @throws when what a stack made lies in another account than `accountId` */
export function requireAccount(stackName: string, arn: string, accountId: string): void {
  const other = arn.split(":")[4];
  if (other === accountId) return;
  throw new Error(
    `sluice:account: expected ${JSON.stringify(other)}, the account of stack ${stackName}, got ${JSON.stringify(accountId)}; environments in accounts of their own are not supported yet, bring all stacks up in one`,
  );
}
