import { CodePipelineClient } from "@aws-sdk/client-codepipeline";
import { S3Client } from "@aws-sdk/client-s3";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SNSClient } from "@aws-sdk/client-sns";
import { readEnvironment } from "../../contracts/environment.ts";
import { athenaInTurns } from "../shared/athena.ts";
import { withCache } from "../shared/cachedObjects.ts";
import { s3LargeObjects } from "../shared/largeObjects.ts";
import { createLogger } from "../shared/logger.ts";
import { s3Objects } from "../shared/objects.ts";
import { dynamoRecords } from "../shared/records.ts";
import { createHandler } from "./handler.ts";

const environment = readEnvironment("coordinateRetraining", process.env);
/** Milliseconds that a turn waits for a statement before the state machine is asked to come again. */
const PATIENCE = 5_000;
const s3 = new S3Client({ forcePathStyle: true });
export const handler = createHandler({
  environment,
  records: dynamoRecords(environment.RECORDS_TABLE),
  objects: withCache(s3Objects(s3)),
  largeObjects: s3LargeObjects(s3),
  athena: athenaInTurns(environment.ATHENA_WORKGROUP, PATIENCE),
  codepipeline: new CodePipelineClient(),
  states: new SFNClient(),
  sns: new SNSClient(),
  log: createLogger(),
  now: () => new Date(),
});
