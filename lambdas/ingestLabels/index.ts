import { readEnvironment } from "../../contracts/environment.ts";
import { createLogger, putMetrics } from "../shared/logger.ts";
import { s3Objects } from "../shared/objects.ts";
import { createHandler } from "./handler.ts";

export const handler = createHandler({
  environment: readEnvironment("ingestLabels", process.env),
  objects: s3Objects(),
  putMetrics,
  log: createLogger(),
});
