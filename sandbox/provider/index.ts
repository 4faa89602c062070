/** Deploys the stacks of a project into a running sandbox, without a Pulumi CLI. */
import path from "node:path";
import { readStackConfig } from "./config.ts";
import type { StackOperation, StackResult } from "./host/messages.ts";
import { runStackOperation, StackProcess } from "./inProcess.ts";

export type { StackResult } from "./host/messages.ts";
export { type DeployStackOptions, deployStack, runStackOperation } from "./inProcess.ts";

const PROJECT = "sluice";

export interface DeployAllOptions<Stack extends string> {
  /** Folder of the project: holds `stacks/program.ts` and `stacks/Pulumi.<stack>.yaml`; what it uploads must be built. */
  readonly root: string;
  /** In the order in which they depend on each other. One after the other: two that waited for virtual time at once would make it depend on the machine. */
  readonly stacks: readonly Stack[];
  /** What has to be done before the next ones. */
  readonly after?: (stack: Stack, result: StackResult) => Promise<void>;
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

/** Runs one operation on several stacks, one after the other; stops at the first that fails. The process of the next stack loads while one runs. */
export async function runAll<const Stack extends string>(
  operation: StackOperation,
  { stacks, ...options }: DeployAllOptions<Stack>,
): Promise<StackResults<Stack>> {
  const results: Partial<Record<Stack, StackResult>> = {};
  const order = operation === "destroy" ? stacks.toReversed() : stacks;
  const processes: StackProcess[] = [];
  const processOf = (index: number): StackProcess => {
    processes[index] ??= new StackProcess();
    return processes[index];
  };
  try {
    for (const [index, stack] of order.entries()) {
      const process = processOf(index);
      if (index + 1 < order.length) processOf(index + 1);
      const result = await runOne(operation, stack, process, options);
      results[stack] = result;
      await options.after?.(stack, result);
    }
    return results as StackResults<Stack>;
  } finally {
    await Promise.all(processes.map((process) => process.stop()));
  }
}

function runOne(
  operation: StackOperation,
  stack: string,
  process: StackProcess,
  options: Omit<DeployAllOptions<string>, "stacks" | "after">,
): Promise<StackResult> {
  const { root, overrides = {}, ...rest } = options;
  const config = readStackConfig(root, stack);
  for (const [key, value] of Object.entries(overrides)) if (key in config) config[key] = value;
  return runStackOperation(
    operation,
    { ...rest, program: path.join(root, "stacks", "program.ts"), project: PROJECT, stack, config },
    process,
  );
}

/** `pulumi up` of several stacks. */
export const deployAll = <const Stack extends string>(options: DeployAllOptions<Stack>) =>
  runAll("up", options);

/** Takes the stacks down, the last one first. */
export const destroyAll = <const Stack extends string>(options: DeployAllOptions<Stack>) =>
  runAll("destroy", options);
