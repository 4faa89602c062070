import { S3Client } from "@aws-sdk/client-s3";
import { readEnvironment } from "../../contracts/environment.ts";
import { athenaInTurns } from "../shared/athena.ts";
import { s3LargeObjects } from "../shared/largeObjects.ts";
import { createLogger } from "../shared/logger.ts";
import { s3Objects } from "../shared/objects.ts";
import { codePipelineResults } from "../shared/pipelineJob.ts";
import { dynamoRecords } from "../shared/records.ts";
import { s3DvcRemote } from "./dvcRemote.ts";
import { createHandler } from "./handler.ts";

const environment = readEnvironment("prepareDataset", process.env);
/** Milliseconds that a turn waits for a statement before the action is asked to come again. */
const PATIENCE = 15_000;
const s3 = new S3Client({ forcePathStyle: true });
export const handler = createHandler({
  environment,
  records: dynamoRecords(environment.RECORDS_TABLE),
  objects: s3Objects(s3),
  dvcRemote: s3DvcRemote(s3),
  largeObjects: s3LargeObjects(s3),
  athena: athenaInTurns(environment.ATHENA_WORKGROUP, PATIENCE),
  results: codePipelineResults(),
  log: createLogger(),
  now: () => new Date(),
});
