/** Deploys the stacks of a project into a running sandbox, without a Pulumi CLI. */
import path from "node:path";
import { readStackConfig } from "./config.ts";
import type { StackOperation, StackResult } from "./host/messages.ts";
import { runStackOperation } from "./inProcess.ts";

export type { StackResult } from "./host/messages.ts";
export { type DeployStackOptions, deployStack, runStackOperation } from "./inProcess.ts";

const PROJECT = "sluice";

export interface DeployAllOptions<Stack extends string> {
  /** Folder of the project: holds `stacks/program.ts` and `stacks/Pulumi.<stack>.yaml`; what it uploads must be built. */
  readonly root: string;
  /** In the order in which they depend on each other. */
  readonly stacks: readonly Stack[];
  readonly gatewayUrl: string;
  readonly stateDirectory: string;
  readonly accountId?: string;
  /** Settings that take the place of the files', for example `{ "sluice:protect": "false" }`. Keys that a stack's file lacks are left out for it. */
  readonly overrides?: Readonly<Record<string, string>>;
  readonly waitVirtual?: (seconds: number) => Promise<void>;
  readonly log?: (line: string) => void;
}

/** Results by stack. */
export type StackResults<Stack extends string> = Readonly<Record<Stack, StackResult>>;

/** Runs one operation on several stacks, one after the other; stops at the first that fails. */
export async function runAll<const Stack extends string>(
  operation: StackOperation,
  options: DeployAllOptions<Stack>,
): Promise<StackResults<Stack>> {
  const { root, stacks, overrides = {}, ...rest } = options;
  const results: Partial<Record<Stack, StackResult>> = {};
  for (const stack of operation === "destroy" ? stacks.toReversed() : stacks) {
    const config = readStackConfig(root, stack);
    for (const [key, value] of Object.entries(overrides)) if (key in config) config[key] = value;
    results[stack] = await runStackOperation(operation, {
      ...rest,
      program: path.join(root, "stacks", "program.ts"),
      project: PROJECT,
      stack,
      config,
    });
  }
  return results as StackResults<Stack>;
}

/** `pulumi up` of several stacks. */
export const deployAll = <const Stack extends string>(options: DeployAllOptions<Stack>) =>
  runAll("up", options);

/** Takes the stacks down, the last one first. */
export const destroyAll = <const Stack extends string>(options: DeployAllOptions<Stack>) =>
  runAll("destroy", options);
