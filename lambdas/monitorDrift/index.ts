import { readEnvironment } from "../../contracts/environment.ts";
import { withCache } from "../shared/cachedObjects.ts";
import { createLogger, putMetrics } from "../shared/logger.ts";
import { s3Objects } from "../shared/objects.ts";
import { dynamoRecords } from "../shared/records.ts";
import { createHandler } from "./handler.ts";

const environment = readEnvironment("monitorDrift", process.env);
export const handler = createHandler({
  environment,
  records: dynamoRecords(environment.RECORDS_TABLE),
  objects: withCache(s3Objects()),
  putMetrics,
  log: createLogger(),
  now: () => new Date(),
});
