/** Train, score challenger and champion on the same holdout, judge, register. JSONata throughout; states pass ids and requests only. */

export interface TrainingDefinitionArgs {
  readonly planFunctionArn: string;
  readonly evaluateFunctionArn: string;
  readonly registerFunctionArn: string;
}

const RETRY_THROTTLING = [
  {
    ErrorEquals: ["SageMaker.ThrottlingException", "SageMaker.ResourceLimitExceededException"],
    IntervalSeconds: 60,
    MaxAttempts: 5,
    BackoffRate: 2,
  },
];

const lambdaTask = (functionArn: string, next: string, assign: Record<string, unknown>) => ({
  Type: "Task",
  Resource: "arn:aws:states:::lambda:invoke",
  Arguments: {
    FunctionName: functionArn,
    Payload: {
      releaseId: "{% $releaseId %}",
      modelName: "{% $modelName %}",
      execution: "{% $states.context.Execution.Name %}",
    },
  },
  Assign: assign,
  Retry: [
    {
      ErrorEquals: [
        "RecordChanged",
        "TransientFailure",
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.ClientExecutionTimeoutException",
        "Lambda.TooManyRequestsException",
        "Lambda.SdkClientException",
        // The process died or ran out of time or memory; newer runtimes name it, older ones do not.
        "Runtime.ExitError",
        "Sandbox.Timedout",
        "Lambda.Unknown",
      ],
      IntervalSeconds: 5,
      MaxAttempts: 5,
      BackoffRate: 2,
    },
  ],
  Next: next,
});

const task = (resource: string, args: unknown, next: string) => ({
  Type: "Task",
  Resource: `arn:aws:states:::${resource}`,
  Arguments: args,
  Retry: RETRY_THROTTLING,
  Next: next,
});

/** Create the model, score the holdout, delete the model: it lives for minutes and costs nothing. */
const score = (who: "challenger" | "champion", next: string) => {
  const title = who === "challenger" ? "Challenger" : "Champion";
  return {
    [`Create${title}`]: task("sagemaker:createModel", `{% $plan.${who}.model %}`, `Score${title}`),
    [`Score${title}`]: task("sagemaker:createTransformJob.sync", `{% $plan.${who}.job %}`, `Delete${title}`),
    [`Delete${title}`]: task(
      "aws-sdk:sagemaker:deleteModel",
      { ModelName: `{% $plan.${who}.model.ModelName %}` },
      next,
    ),
  };
};

export function trainingDefinition(args: TrainingDefinitionArgs): string {
  const states = {
    Begin: {
      Type: "Pass",
      Assign: { releaseId: "{% $states.input.releaseId %}", modelName: "{% $states.input.modelName %}" },
      Next: "Plan",
    },
    Plan: lambdaTask(args.planFunctionArn, "Train", { plan: "{% $states.result.Payload %}" }),
    Train: task("sagemaker:createTrainingJob.sync", "{% $plan.trainingJob %}", "CreateChallenger"),
    ...score("challenger", "HasChampion"),
    HasChampion: {
      Type: "Choice",
      Choices: [{ Condition: "{% $type($plan.champion) = 'object' %}", Next: "CreateChampion" }],
      Default: "Evaluate",
    },
    ...score("champion", "Evaluate"),
    Evaluate: lambdaTask(args.evaluateFunctionArn, "Judge", { evaluation: "{% $states.result.Payload %}" }),
    Judge: {
      Type: "Choice",
      Choices: [{ Condition: "{% $evaluation.verdict = 'fail' %}", Next: "Rejected" }],
      Default: "Register",
    },
    Register: lambdaTask(args.registerFunctionArn, "Registered", {
      registered: "{% $states.result.Payload %}",
    }),
    Registered: {
      Type: "Succeed",
      Output: {
        modelPackageArn: "{% $registered.modelPackageArn %}",
        verdict: "{% $evaluation.verdict %}",
        reason: "{% $evaluation.reason %}",
      },
    },
    Rejected: { Type: "Fail", Error: "ModelRejected", Cause: "{% $evaluation.reason %}" },
  };
  return JSON.stringify({
    Comment: "Trains, judges and registers one release",
    QueryLanguage: "JSONata",
    StartAt: "Begin",
    States: states,
  });
}
