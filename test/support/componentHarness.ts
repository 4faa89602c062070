/** Makes one component under Pulumi's mocks. The SDK's state is global: one component a test file at a time. */
import * as pulumi from "@pulumi/pulumi";
import type { DeployContext } from "../../infra/shared/context.ts";

export interface Made {
  readonly type: string;
  readonly inputs: Record<string, unknown>;
}

export const CONTEXT: DeployContext = {
  prefix: "sluice",
  partition: "aws",
  region: "eu-west-1",
  accountId: "000000000000",
  isProtected: true,
  logRetentionDays: 30,
} as DeployContext;

/** What a component registers, by type without the package (`s3/bucket:Bucket`), once all its resources are known. */
export async function make(component: () => pulumi.ComponentResource): Promise<readonly Made[]> {
  const made: Made[] = [];
  await pulumi.runtime.setMocks({
    newResource: ({ type, name, inputs }) => {
      if (!type.startsWith("sluice:")) made.push({ type: type.replace(/^aws:/, ""), inputs });
      return {
        id: `${name}-id`,
        state: { ...inputs, name: inputs.name ?? name, arn: `arn:aws:mock:::${name}` },
      };
    },
    call: ({ token }) => {
      throw new Error(`unmocked call ${token}`);
    },
  });
  component();
  for (let before = -1; before !== made.length; ) {
    before = made.length;
    await pulumi.runtime.disconnect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return made;
}

/** The one resource of a type. */
export function only(made: readonly Made[], type: string): Record<string, unknown> {
  const found = made.filter((one) => one.type === type);
  if (found.length !== 1)
    throw new Error(`${type}: expected one resource, got ${found.length} of ${made.map((one) => one.type)}`);
  return (found[0] as Made).inputs;
}
