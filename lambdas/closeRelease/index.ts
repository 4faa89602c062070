import { SNSClient } from "@aws-sdk/client-sns";
import { readEnvironment } from "../../contracts/environment.ts";
import { createLogger } from "../shared/logger.ts";
import { dynamoRecords } from "../shared/records.ts";
import { createHandler } from "./handler.ts";

const environment = readEnvironment("closeRelease", process.env);
export const handler = createHandler({
  environment,
  records: dynamoRecords(environment.RECORDS_TABLE),
  sns: new SNSClient(),
  log: createLogger(),
});
