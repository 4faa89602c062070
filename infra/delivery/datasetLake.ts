import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { FoundationOutputs } from "../../contracts/stackOutputs.ts";
import type { Statement } from "../policy/iam.ts";
import { type DeployContext, s3 } from "../shared/context.ts";

export interface DatasetLakeArgs {
  readonly context: DeployContext;
  readonly foundation: FoundationOutputs;
}

/** Which part of the lake a role uses, by patterns. */
export interface LakeUse {
  readonly tables: string;
  /** Keys of what it writes on the way. */
  readonly work: string;
  /** Keys of what it copies from there. */
  readonly placed: readonly string[];
}

/** Most bytes that one statement may scan, 1 TB: at 5 USD a TB no statement costs more than that. */
const MOST_SCANNED = 1_000_000_000_000;

/**
 * Where Athena divides and validates data past the Data stage's memory, and joins captures with labels past the coordinator's: a workgroup
 * whose settings no caller can go around, and a database in which each such release and retraining has tables while it lasts. Costs nothing while idle; statements bill by the bytes that they scan.
 */
export class DatasetLake extends pulumi.ComponentResource {
  readonly workgroup: aws.athena.Workgroup;
  readonly database: aws.glue.CatalogDatabase;
  readonly #args: DatasetLakeArgs;

  constructor(name: string, args: DatasetLakeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sluice:delivery:DatasetLake", name, {}, opts);
    this.#args = args;
    const { context, foundation } = args;
    this.workgroup = new aws.athena.Workgroup(
      `${name}-workgroup`,
      {
        name: `${context.prefix}-datasets`,
        description: "Data past the memory of a Lambda",
        forceDestroy: true,
        configuration: {
          enforceWorkgroupConfiguration: true,
          publishCloudwatchMetricsEnabled: true,
          bytesScannedCutoffPerQuery: MOST_SCANNED,
          engineVersion: { selectedEngineVersion: "Athena engine version 3" },
          resultConfiguration: {
            outputLocation: `s3://${foundation.dataBucket}/athena/`,
            encryptionConfiguration: { encryptionOption: "SSE_KMS", kmsKeyArn: foundation.kmsKeyArn },
          },
        },
      },
      { parent: this },
    );
    this.database = new aws.glue.CatalogDatabase(
      `${name}-database`,
      { name: `${context.prefix}_datasets`, description: "Raw rows of releases and retrainings under way" },
      { parent: this },
    );
    this.registerOutputs({ workgroup: this.workgroup.name, database: this.database.name });
  }

  /** What a caller's role needs; Athena reads, writes and asks the catalog with the permissions of its caller. */
  statements({ tables, work, placed }: LakeUse): Statement[] {
    const { context, foundation } = this.#args;
    const glue = (resource: string): string =>
      `arn:${context.partition}:glue:${context.region}:${context.accountId}:${resource}`;
    const database = `${context.prefix}_datasets`;
    const written = [work, "athena/*"].map((keys) => s3(context, foundation.dataBucket, keys));
    const copied = placed.map((keys) => s3(context, foundation.dataBucket, keys));
    return [
      {
        actions: [
          "athena:StartQueryExecution",
          "athena:GetQueryExecution",
          "athena:GetQueryResults",
          "athena:StopQueryExecution",
        ],
        resources: [
          `arn:${context.partition}:athena:${context.region}:${context.accountId}:workgroup/${context.prefix}-datasets`,
        ],
      },
      {
        actions: ["glue:GetDatabase", "glue:CreateTable", "glue:GetTable", "glue:DeleteTable"],
        resources: [
          glue("catalog"),
          // Athena looks at the default database whatever a statement names.
          glue("database/default"),
          glue(`database/${database}`),
          glue(`table/${database}/${tables}`),
        ],
      },
      { actions: ["s3:GetObject", "s3:PutObject", "s3:ListMultipartUploadParts"], resources: written },
      { actions: ["s3:AbortMultipartUpload"], resources: [...written, ...copied] },
      {
        actions: ["s3:GetBucketLocation", "s3:ListBucketMultipartUploads"],
        resources: [s3(context, foundation.dataBucket)],
      },
    ];
  }
}
