import { SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { readEnvironment } from "../../contracts/environment.ts";
import { createLogger } from "../shared/logger.ts";
import { s3Objects } from "../shared/objects.ts";
import { codePipelineResults } from "../shared/pipelineJob.ts";
import { dynamoRecords } from "../shared/records.ts";
import { createHandler } from "./handler.ts";

const environment = readEnvironment("verifyEndpoint", process.env);
export const handler = createHandler({
  environment,
  records: dynamoRecords(environment.RECORDS_TABLE),
  objects: s3Objects(),
  runtime: new SageMakerRuntimeClient(),
  results: codePipelineResults(),
  log: createLogger(),
  now: () => Date.now(),
});
