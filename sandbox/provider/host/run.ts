/** One operation on one stack, inside the process that the program may have for itself. */
import { AwsClients } from "../clients.ts";
import { Provider } from "../provider.ts";
import { Deployment } from "./deployment.ts";
import type { ChildJob, StackResult } from "./messages.ts";
import { StateFile } from "./state.ts";

export interface RunTools {
  readonly waitVirtual: (seconds: number) => Promise<void>;
  readonly log: (line: string) => void;
  readonly load: (file: string) => Promise<Record<string, unknown>>;
}

export async function runStack(job: ChildJob, tools: RunTools): Promise<StackResult> {
  const region = job.config["aws:region"];
  if (region === undefined) throw new Error(`stack ${job.stack}: aws:region: expected a value, found none`);
  const { gatewayUrl, accountId } = job;
  const clients = new AwsClients({ gatewayUrl, region, accountId, waitVirtual: tools.waitVirtual });
  const states = new StateFile(job.stateDirectory);
  const deployment = new Deployment({
    project: job.project,
    stack: job.stack,
    preview: job.operation === "preview",
    provider: new Provider(clients),
    states,
    log: tools.log,
  });
  const failures: string[] = [];
  const failed = (error: unknown) => {
    const text = error instanceof Error ? error.message : String(error);
    // The SDK wraps what the monitor already reported.
    if (!failures.some((known) => text.includes(known))) failures.push(text);
  };
  try {
    if (job.operation === "refresh") await deployment.refresh();
    else if (job.operation === "destroy") await deployment.destroy();
    else {
      await runProgram(job, tools, { clients, deployment, states, failed });
      // What left the program goes only when the program itself came through.
      if (failures.length === 0) await deployment.finish();
    }
  } catch (error) {
    failed(error);
  } finally {
    clients.close();
  }
  return {
    outputs: deployment.outputs,
    summary: deployment.summary,
    resources: deployment.resources
      .filter(({ custom }) => custom)
      .map(({ urn, type, name, id, state }) => ({ urn, type, name, id, state })),
    failures,
  };
}

interface Parts {
  readonly clients: AwsClients;
  readonly deployment: Deployment;
  readonly states: StateFile;
  readonly failed: (error: unknown) => void;
}

async function runProgram(
  job: ChildJob,
  tools: RunTools,
  { clients, deployment, states, failed }: Parts,
): Promise<void> {
  // Only a program needs the SDK: taking a stack down starts in a fraction of the time without it.
  const [pulumi, { default: settings }, { Monitor }] = await Promise.all([
    import("@pulumi/pulumi"),
    import("@pulumi/pulumi/runtime/settings.js"),
    import("./monitor.ts"),
  ]);
  const monitor = new Monitor({
    project: job.project,
    stack: job.stack,
    clients,
    deployment,
    outputsOf: (stack) => states.outputs(stack),
    failed,
  });
  settings.setMockOptions(monitor, job.project, job.stack, job.operation === "preview", "organization");
  pulumi.runtime.setAllConfig({ ...job.config });
  // A registration that failed also rejects whatever waits for it; the cause is reported once, by the monitor.
  const rejected = (error: unknown) => failed(error);
  process.on("unhandledRejection", rejected);
  try {
    await pulumi.runtime.runInPulumiStack(async () => {
      const { program } = await tools.load(job.program);
      if (typeof program !== "function")
        throw new Error(`${job.program}: expected an exported function "program", got ${typeof program}`);
      return (await program()) as Record<string, unknown>;
    });
  } finally {
    await pulumi.runtime.disconnect();
    process.off("unhandledRejection", rejected);
  }
}
