/** Reads another stack's one typed output. */
import * as pulumi from "@pulumi/pulumi";
import { OUTPUTS } from "../contracts/stackOutputs.ts";

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
