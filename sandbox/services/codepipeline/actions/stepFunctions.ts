/** Step Functions: starts an execution and waits for it. */
import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import { ActionError } from "../execution.ts";
import {
  type ActionContext,
  type ActionResult,
  callAs,
  pollMs,
  readArtifact,
  writeArtifact,
} from "./context.ts";

const outputFile = "step-functions-output.json";
/** Zips carry times; a fixed one keeps equal content equal. */
const zipTime = new Date(Date.UTC(1980, 0, 2));

async function inputOf(context: ActionContext): Promise<string> {
  const { InputType = "Literal", Input = "{}" } = context.configuration;
  if (InputType === "Literal") return Input;
  if (InputType !== "FilePath")
    throw new ActionError(
      "ConfigurationError",
      `InputType: expected Literal or FilePath, got ${JSON.stringify(InputType)}`,
    );
  const artifact = context.action.inputs[0]?.artifact;
  if (!artifact) throw new ActionError("ConfigurationError", "InputType FilePath needs an input artifact");
  const file = unzipSync(await readArtifact(context, artifact))[Input];
  if (!file)
    throw new ActionError(
      "ConfigurationError",
      `Input: no file ${JSON.stringify(Input)} in the input artifact`,
    );
  return strFromU8(file);
}

export async function runStepFunctions(context: ActionContext): Promise<ActionResult> {
  const { action, configuration, kernel } = context;
  const stateMachineArn = configuration.StateMachineArn ?? "";
  await callAs(context, "stepfunctions", "DescribeStateMachine", { stateMachineArn });
  const prefix = configuration.ExecutionNamePrefix;
  const name = prefix ? `${prefix}.${action.actionExecutionId}` : action.actionExecutionId;
  const input = await inputOf(context);
  const { executionArn } = (await callAs(context, "stepfunctions", "StartExecution", {
    stateMachineArn,
    name,
    input,
  })) as { executionArn: string };
  action.externalExecutionId = executionArn;
  for (;;) {
    await kernel.clock.sleep(pollMs);
    if (action.abandoned.signal.aborted) return {};
    const execution = (await callAs(context, "stepfunctions", "DescribeExecution", { executionArn })) as {
      status: string;
      output?: string;
      error?: string;
      cause?: string;
    };
    if (execution.status === "RUNNING") continue;
    if (execution.status !== "SUCCEEDED") {
      const why = [execution.error, execution.cause].filter(Boolean).join(": ");
      throw new ActionError(
        "JobFailed",
        `The Step Functions execution ${executionArn} ended with status ${execution.status}.${why ? ` ${why}` : ""}`.slice(
          0,
          5000,
        ),
        executionArn,
      );
    }
    const artifactName = action.declaration.outputArtifacts?.[0]?.name;
    const artifact = artifactName === undefined ? undefined : context.place(artifactName);
    if (artifact)
      await writeArtifact(
        context,
        artifact,
        zipSync({ [outputFile]: [strToU8(execution.output ?? "null"), { mtime: zipTime }] }),
      );
    return {
      ...(artifact && artifactName ? { outputs: [{ name: artifactName, artifact }] } : {}),
      outputVariables: { ExecutionArn: executionArn, StateMachineArn: stateMachineArn },
      externalExecutionId: executionArn,
      summary: `Execution ${executionArn} succeeded`,
    };
  }
}
