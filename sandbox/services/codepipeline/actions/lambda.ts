/** Lambda: an asynchronous invocation with a job, answered through the CodePipeline API. */
import { ActionError, type Artifact } from "../execution.ts";
import type { Job, JobAnswer } from "../jobs.ts";
import { type ActionContext, type ActionResult, callAs } from "./context.ts";

/** A function that says nothing for this long has failed. */
const silenceMs = 20 * 60_000;
/** A continued job is given to the function again after this long (AWS gives no number; about this was observed). */
const continueMs = 30_000;

const listed = ({ name, artifact }: { name: string; artifact: Artifact }): object => ({
  name,
  revision: artifact.revision ?? null,
  location: { type: "S3", s3Location: { bucketName: artifact.bucket, objectKey: artifact.key } },
});

function jobData(
  context: ActionContext,
  outputs: readonly { name: string; artifact: Artifact }[],
  token: string | undefined,
): Record<string, unknown> {
  const keys = context.kernel.credentialsFor(context.roleArn, "codepipeline-job");
  const { encryptionKey } = context.execution.pipeline.artifactStore;
  return {
    actionConfiguration: { configuration: context.configuration },
    inputArtifacts: context.action.inputs.map(listed),
    outputArtifacts: outputs.map(listed),
    artifactCredentials: {
      accessKeyId: keys.AWS_ACCESS_KEY_ID ?? "",
      secretAccessKey: keys.AWS_SECRET_ACCESS_KEY ?? "",
      sessionToken: keys.AWS_SESSION_TOKEN ?? "",
    },
    ...(token === undefined ? {} : { continuationToken: token }),
    ...(encryptionKey ? { encryptionKey } : {}),
  };
}

export async function runLambda(context: ActionContext): Promise<ActionResult> {
  const { kernel, action, execution, jobs } = context;
  const outputs = (action.declaration.outputArtifacts ?? []).map(({ name }) => ({
    name,
    artifact: context.place(name),
  }));
  let token: string | undefined;
  let heard: ((answer: JobAnswer) => void) | undefined;
  const early: JobAnswer[] = [];
  const job: Job = {
    id: kernel.uuid(),
    open: true,
    answer: (answer) => (heard ? heard(answer) : early.push(answer)),
    details: () => ({
      id: job.id,
      accountId: kernel.accountId,
      data: {
        ...jobData(context, outputs, token),
        actionTypeId: action.declaration.actionTypeId,
        pipelineContext: {
          pipelineName: execution.pipeline.name,
          stage: { name: action.stageName },
          action: { name: action.declaration.name, actionExecutionId: action.actionExecutionId },
          pipelineArn: `arn:aws:codepipeline:${kernel.region}:${kernel.accountId}:${execution.pipeline.name}`,
          pipelineExecutionId: execution.pipelineExecutionId,
        },
      },
    }),
  };
  jobs.add(job);
  action.abandoned.signal.addEventListener("abort", () => {
    job.open = false;
  });
  for (;;) {
    const event = {
      "CodePipeline.job": { id: job.id, accountId: kernel.accountId, data: jobData(context, outputs, token) },
    };
    await callAs(context, "lambda", "Invoke", {
      FunctionName: context.configuration.FunctionName,
      InvocationType: "Event",
      Payload: Buffer.from(JSON.stringify(event)),
    });
    const answer = await nextAnswer();
    if (answer.kind === "failed")
      throw new ActionError(answer.type, answer.message, answer.externalExecutionId);
    if (answer.summary !== undefined) action.summary = answer.summary;
    if (answer.kind === "succeeded") return { outputs, ...answer };
    if (answer.percentComplete !== undefined) action.percentComplete = answer.percentComplete;
    token = answer.token;
    await kernel.clock.sleep(continueMs);
    if (action.abandoned.signal.aborted) return {};
  }

  function nextAnswer(): Promise<JobAnswer> {
    const waiting = early.shift();
    if (waiting) return Promise.resolve(waiting);
    return new Promise((resolve, reject) => {
      const timer = kernel.clock.setTimer(kernel.clock.now() + silenceMs, () => {
        job.open = false;
        const name = context.configuration.FunctionName;
        reject(
          new ActionError(
            "JobFailed",
            `The AWS Lambda function ${name} failed to return a result. Check the function to verify that it has permission to call the PutJobSuccessResult action and that it made a call to PutJobSuccessResult.`,
          ),
        );
      });
      heard = (answer) => {
        heard = undefined;
        kernel.clock.clearTimer(timer);
        resolve(answer);
      };
    });
  }
}
