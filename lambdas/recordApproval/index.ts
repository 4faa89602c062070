import { CodePipelineClient } from "@aws-sdk/client-codepipeline";
import { SageMakerClient } from "@aws-sdk/client-sagemaker";
import { readEnvironment } from "../../contracts/environment.ts";
import { createLogger } from "../shared/logger.ts";
import { codePipelineResults } from "../shared/pipelineJob.ts";
import { dynamoRecords } from "../shared/records.ts";
import { createHandler } from "./handler.ts";

const environment = readEnvironment("recordApproval", process.env);
const codepipeline = new CodePipelineClient();
export const handler = createHandler({
  environment,
  records: dynamoRecords(environment.RECORDS_TABLE),
  sagemaker: new SageMakerClient(),
  codepipeline,
  results: codePipelineResults(codepipeline),
  log: createLogger(),
});
