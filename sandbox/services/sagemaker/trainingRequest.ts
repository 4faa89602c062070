/** What CreateTrainingJob refuses before a job exists. */
import { refuseUnsupported, validation } from "./common.ts";
import { requirePlayedImage } from "./image.ts";

const unsupported = [
  "VpcConfig",
  "EnableManagedSpotTraining",
  "CheckpointConfig",
  "DebugHookConfig",
  "DebugRuleConfigurations",
  "ProfilerRuleConfigurations",
  "RetryStrategy",
  "RemoteDebugConfig",
  "SessionChainingConfig",
  "MlflowConfig",
  "ModelPackageConfig",
  "ServerlessJobConfig",
];
/** Throws ValidationException for what the sandbox does not run. */
// biome-ignore lint/suspicious/noExplicitAny: inputs are checked against AWS's service model before they arrive
export function checkTrainingRequest(input: any): void {
  refuseUnsupported(
    "CreateTrainingJob",
    input,
    unsupported.filter((field) => input[field] !== false),
  );
  const algorithm = input.AlgorithmSpecification;
  if (!algorithm?.TrainingImage)
    throw validation("AlgorithmSpecification.TrainingImage: expected an image, got nothing");
  refuseUnsupported("AlgorithmSpecification", algorithm, [
    "AlgorithmName",
    "ContainerEntrypoint",
    "ContainerArguments",
    "TrainingImageConfig",
  ]);
  requirePlayedImage("AlgorithmSpecification.TrainingImage", algorithm.TrainingImage);
  if (algorithm.TrainingInputMode === "Pipe")
    throw validation("The Sluice sandbox does not support TrainingInputMode Pipe; use File or FastFile");
  if (!input.ResourceConfig) throw validation("ResourceConfig is required.");
  if ((input.ResourceConfig.InstanceCount ?? 1) !== 1) {
    throw validation(
      `The Sluice sandbox trains on one instance only, got InstanceCount ${input.ResourceConfig.InstanceCount}`,
    );
  }
  if (input.OutputDataConfig.CompressionType === "NONE")
    throw validation("The Sluice sandbox does not support OutputDataConfig.CompressionType NONE; use GZIP");
  for (const channel of input.InputDataConfig ?? []) {
    const source = channel.DataSource?.S3DataSource;
    if (!source)
      throw validation(
        `InputDataConfig "${channel.ChannelName}": the Sluice sandbox supports DataSource.S3DataSource only`,
      );
    if (source.S3DataType !== "S3Prefix")
      throw validation(
        `InputDataConfig "${channel.ChannelName}": the Sluice sandbox supports S3DataType S3Prefix only, got ${source.S3DataType}`,
      );
    if (channel.CompressionType && channel.CompressionType !== "None")
      throw validation(
        `InputDataConfig "${channel.ChannelName}": the Sluice sandbox does not support CompressionType ${channel.CompressionType}`,
      );
    if (channel.InputMode === "Pipe")
      throw validation("The Sluice sandbox does not support InputMode Pipe; use File or FastFile");
  }
  for (const { Name, Regex } of algorithm.MetricDefinitions ?? []) {
    try {
      new RegExp(Regex);
    } catch (problem) {
      throw validation(
        `MetricDefinitions "${Name}": expected a regular expression, got ${JSON.stringify(Regex)} (${String(problem)})`,
      );
    }
  }
}
