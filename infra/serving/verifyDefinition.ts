/** The state machine that asks for the check of an endpoint, for pipelines in another account. */

/** As long as four attempts may take, and their waits. */
const TIMEOUT_SECONDS = 1800;

export function verifyDefinition(verifyFunctionArn: string): string {
  const states = {
    Verify: {
      Type: "Task",
      Resource: "arn:aws:states:::lambda:invoke",
      Arguments: {
        FunctionName: verifyFunctionArn,
        Payload: {
          releaseId: "{% $states.input.releaseId %}",
          modelName: "{% $states.input.modelName %}",
        },
      },
      Output: "{% $states.result.Payload %}",
      Retry: [
        {
          ErrorEquals: ["EndpointCheckFailed", "InvalidInput", "InvalidArtifact", "MissingRecord"],
          MaxAttempts: 0,
        },
        { ErrorEquals: ["States.ALL"], IntervalSeconds: 10, MaxAttempts: 3, BackoffRate: 2 },
      ],
      End: true,
    },
  };
  return JSON.stringify({
    Comment: "Checks the endpoint that a release was rolled out to",
    QueryLanguage: "JSONata",
    StartAt: "Verify",
    TimeoutSeconds: TIMEOUT_SECONDS,
    States: states,
  });
}
