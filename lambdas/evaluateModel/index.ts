import { readEnvironment } from "../../contracts/environment.ts";
import { createLogger } from "../shared/logger.ts";
import { s3Objects } from "../shared/objects.ts";
import { dynamoRecords } from "../shared/records.ts";
import { createHandler } from "./handler.ts";

const environment = readEnvironment("evaluateModel", process.env);
export const handler = createHandler({
  environment,
  records: dynamoRecords(environment.RECORDS_TABLE),
  objects: s3Objects(),
  log: createLogger(),
});
