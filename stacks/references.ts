/** Reads another stack's one typed output. */
import * as pulumi from "@pulumi/pulumi";
import type { EnvironmentName } from "../contracts/modelSpec.ts";
import { type FoundationOutputs, OUTPUTS } from "../contracts/stackOutputs.ts";

/** The outputs as plain values: components decide by them which resources exist, so they must be known. */
export async function outputsOf<T>(stackName: string): Promise<T> {
  const reference = new pulumi.StackReference(stackName);
  const details = await reference.getOutputDetails(OUTPUTS);
  const value = (details.value ?? details.secretValue) as T | undefined;
  if (value === undefined)
    throw new Error(
      `stack ${stackName}: expected the output "${OUTPUTS}", found none; bring that stack up first (order: foundation, environments, delivery)`,
    );
  return value;
}

/** @throws when what a stack made lies in another account than `accountId` */
export function requireAccount(stackName: string, arn: string, accountId: string): void {
  const other = arn.split(":")[4];
  if (other === accountId) return;
  throw new Error(
    `sluice:account: expected ${JSON.stringify(other)}, the account of stack ${stackName}, got ${JSON.stringify(accountId)}; delivery lives in the foundation's account, and so do environments that it does not list in sluice:environmentAccounts`,
  );
}

/** @throws when a stack is in another region than the one it reads: keys are shared through S3 and DynamoDB of one region */
export function requireRegion(stackName: string, arn: string, region: string): void {
  const other = arn.split(":")[3];
  if (other === region) return;
  throw new Error(
    `aws:region: expected ${JSON.stringify(other)}, the region of stack ${stackName}, got ${JSON.stringify(region)}; all stacks of one foundation share a region`,
  );
}

/** @throws when an environment is not in the account in which the foundation expects it: no policy there would let it in */
export function requireAdmitted(
  foundationStack: string,
  { accountId: shared, environmentAccounts }: Partial<FoundationOutputs>,
  environment: EnvironmentName,
  accountId: string,
): void {
  if (environmentAccounts === undefined)
    throw new Error(
      `stack ${foundationStack}: its output "${OUTPUTS}" does not say which accounts it admits; bring that stack up again first`,
    );
  const expected = environmentAccounts[environment] ?? shared;
  if (expected === accountId) return;
  const said =
    environment in environmentAccounts
      ? `as sluice:environmentAccounts.${environment} of stack ${foundationStack} says`
      : `the account of stack ${foundationStack}, whose sluice:environmentAccounts does not name ${environment}`;
  throw new Error(
    `sluice:account: expected ${JSON.stringify(expected)}, ${said}, got ${JSON.stringify(accountId)}; correct either, and bring ${foundationStack} up first`,
  );
}
