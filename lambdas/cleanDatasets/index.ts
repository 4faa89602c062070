import { DeleteObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { readEnvironment } from "../../contracts/environment.ts";
import { createLogger } from "../shared/logger.ts";
import { parseUri, s3Objects } from "../shared/objects.ts";
import { dynamoRecords } from "../shared/records.ts";
import { createHandler } from "./handler.ts";

const environment = readEnvironment("cleanDatasets", process.env);
const s3 = new S3Client({ forcePathStyle: true });
export const handler = createHandler({
  environment,
  records: dynamoRecords(environment.RECORDS_TABLE),
  objects: {
    ...s3Objects(s3),
    async remove(uri) {
      const { bucket, key } = parseUri(uri);
      await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    },
  },
  log: createLogger(),
  now: () => new Date(),
});
