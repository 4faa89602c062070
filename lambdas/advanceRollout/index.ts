import { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { SageMakerClient } from "@aws-sdk/client-sagemaker";
import { readEnvironment } from "../../contracts/environment.ts";
import { withCache } from "../shared/cachedObjects.ts";
import { createLogger } from "../shared/logger.ts";
import { s3Objects } from "../shared/objects.ts";
import { dynamoRecords } from "../shared/records.ts";
import { createHandler } from "./handler.ts";

const environment = readEnvironment("advanceRollout", process.env);
export const handler = createHandler({
  environment,
  records: dynamoRecords(environment.RECORDS_TABLE),
  objects: withCache(s3Objects()),
  sagemaker: new SageMakerClient(),
  cloudwatch: new CloudWatchClient(),
  autoscaling: new ApplicationAutoScalingClient(),
  log: createLogger(),
  now: () => new Date(),
});
