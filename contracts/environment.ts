/** Environment variables of the Lambdas: infra must set exactly these, a handler reads no others. */
const common = ["RECORDS_TABLE", "POWERTOOLS_SERVICE_NAME"] as const;

export const ENVIRONMENT = {
  prepareDataset: [
    ...common,
    "ARTIFACT_BUCKET",
    "DATA_BUCKET",
    "ATHENA_ABOVE_BYTES",
    "ATHENA_WORKGROUP",
    "ATHENA_DATABASE",
  ],
  planTraining: [...common, "ARTIFACT_BUCKET", "TRAINING_ROLE_ARN", "KMS_KEY_ARN", "IMAGE_REGISTRY"],
  evaluateModel: [...common, "ARTIFACT_BUCKET"],
  registerModel: [...common, "MODEL_PACKAGE_GROUP_PREFIX"],
  recordApproval: [...common, "PIPELINE_PREFIX"],
  advanceRollout: [...common, "ENVIRONMENT_NAME", "ENDPOINT_ROLE_ARN", "CAPTURE_BUCKET", "KMS_KEY_ARN"],
  verifyEndpoint: [...common, "ENVIRONMENT_NAME"],
  monitorDrift: [...common, "ENVIRONMENT_NAME", "CAPTURE_BUCKET"],
  ingestLabels: [...common, "ENVIRONMENT_NAME", "CAPTURE_BUCKET"],
  remediate: [
    ...common,
    "ENVIRONMENT_NAME",
    "EVENT_BUS_NAME",
    "ROLLOUT_STATE_MACHINE_ARN",
    "ALERT_TOPIC_ARN",
    "ALARM_PREFIX",
  ],
  coordinateRetraining: [
    ...common,
    "CAPTURE_BUCKET",
    "CAPTURE_ENVIRONMENT",
    "DATA_BUCKET",
    "PIPELINE_PREFIX",
    "ALERT_TOPIC_ARN",
    "ATHENA_ABOVE_BYTES",
    "ATHENA_WORKGROUP",
    "ATHENA_DATABASE",
    "JOIN_STATE_MACHINE_ARN",
  ],
  cleanDatasets: [...common, "DATA_BUCKET"],
  closeRelease: [...common, "PIPELINE_PREFIX", "ALERT_TOPIC_ARN"],
} as const;

export type LambdaName = keyof typeof ENVIRONMENT;
export type EnvironmentOf<Name extends LambdaName> = Readonly<
  Record<(typeof ENVIRONMENT)[Name][number], string>
>;

/** Reads the variables of one Lambda; every missing one is named. */
export function readEnvironment<Name extends LambdaName>(
  name: Name,
  variables: Readonly<Record<string, string | undefined>>,
): EnvironmentOf<Name> {
  const missing = ENVIRONMENT[name].filter((key) => !variables[key]);
  if (missing.length > 0)
    throw new Error(
      `environment of ${name}: expected ${missing.join(", ")} to be set, got nothing; deploy the stack again`,
    );
  return Object.fromEntries(ENVIRONMENT[name].map((key) => [key, variables[key]])) as EnvironmentOf<Name>;
}
