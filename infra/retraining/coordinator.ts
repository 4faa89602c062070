import * as pulumi from "@pulumi/pulumi";
import type { EnvironmentOutputs, FoundationOutputs } from "../../contracts/stackOutputs.ts";
import type { DatasetLake } from "../delivery/datasetLake.ts";
import { deliveryRoles } from "../policy/environmentRoles.ts";
import type { Statement } from "../policy/iam.ts";
import { recordsAccess, sharedKeyAccess } from "../policy/recordsAccess.ts";
import { arnOf, type DeployContext, s3 } from "../shared/context.ts";
import { LambdaFunction } from "../shared/lambdaFunction.ts";
import { LoggedStateMachine, stateMachineArn } from "../shared/stateMachine.ts";
import { joinDefinition } from "./joinDefinition.ts";

export interface CoordinatorArgs {
  readonly context: DeployContext;
  readonly foundation: FoundationOutputs;
  readonly prod: EnvironmentOutputs;
  readonly bundles: string;
  readonly lake: DatasetLake;
  readonly athenaAboveBytes: number;
}

/** Folders of joins under way, and of retraining sets, of any model. */
const WORK = "work/*-retraining/*";
const SETS = "raw/*-retraining/*";

/**
 * The Lambda that decides requests for retraining and joins their data, and the state machine that asks it for one turn after the other where
 * they are too many for one. A join past the size costs what its statements scan, some cents a GB of captures; idle costs nothing.
 */
export class Coordinator extends pulumi.ComponentResource {
  readonly coordinate: LambdaFunction<"coordinateRetraining">;

  constructor(name: string, args: CoordinatorArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sluice:retraining:Coordinator", `${name}-coordinator`, {}, opts);
    const { context } = args;
    const machineName = `${context.prefix}-retraining-join`;
    this.coordinate = this.createLambda(args, machineName);
    const { functionArn } = this.coordinate;
    new LoggedStateMachine(
      `${name}-join`,
      {
        context,
        stateMachineName: machineName,
        definition: functionArn.apply(joinDefinition),
        statements: [{ actions: ["lambda:InvokeFunction"], resources: [functionArn] }],
      },
      { parent: this },
    );
    this.registerOutputs({});
  }

  private createLambda(args: CoordinatorArgs, machineName: string): LambdaFunction<"coordinateRetraining"> {
    const { context, foundation, prod, lake } = args;
    const machineArn = stateMachineArn(context, machineName);
    return new LambdaFunction(
      deliveryRoles.coordinateRetraining(context.prefix),
      {
        context,
        lambda: "coordinateRetraining",
        bundle: `${args.bundles}/coordinateRetraining`,
        // As long as Lambda allows: a turn over large data writes one file whole.
        timeoutSeconds: 900,
        memoryMegabytes: 2048,
        kmsKeyArn: foundation.kmsKeyArn,
        deadLetterArn: foundation.deadLetterArn,
        environment: {
          RECORDS_TABLE: foundation.recordsTable,
          CAPTURE_BUCKET: prod.captureBucket,
          CAPTURE_ENVIRONMENT: prod.environment,
          DATA_BUCKET: foundation.dataBucket,
          PIPELINE_PREFIX: `${context.prefix}-`,
          ALERT_TOPIC_ARN: foundation.alertTopicArn,
          ATHENA_ABOVE_BYTES: String(args.athenaAboveBytes),
          ATHENA_WORKGROUP: lake.workgroup.name,
          ATHENA_DATABASE: lake.database.name,
          JOIN_STATE_MACHINE_ARN: machineArn,
        },
        permissions: [
          ...recordsAccess(foundation),
          ...this.dataAccess(args),
          ...lake.statements({ tables: "retraining_*", work: WORK, placed: [SETS] }),
          { actions: ["states:StartExecution"], resources: [machineArn] },
          {
            actions: ["codepipeline:StartPipelineExecution"],
            resources: [arnOf.pipeline(context, `${context.prefix}-*`)],
          },
          { actions: ["sns:Publish"], resources: [foundation.alertTopicArn] },
          // Captures of another account are encrypted with a key there.
          ...sharedKeyAccess(prod.crossAccount?.kmsKeyArn),
        ],
      },
      { parent: this },
    );
  }

  private dataAccess({ context, foundation, prod }: CoordinatorArgs): Statement[] {
    const { artifactBucket, dataBucket } = foundation;
    return [
      { actions: ["s3:ListBucket"], resources: [s3(context, prod.captureBucket)] },
      {
        actions: ["s3:ListBucket"],
        resources: [s3(context, dataBucket)],
        conditions: { StringLike: { "s3:prefix": ["judge/*", WORK, "athena/*"] } },
      },
      {
        actions: ["s3:GetObject"],
        resources: [
          s3(context, prod.captureBucket, "captures/*"),
          s3(context, prod.captureBucket, "labels-accepted/*"),
          s3(context, artifactBucket, "specs/*"),
          s3(context, dataBucket, "datasets/*"),
          s3(context, dataBucket, "judge/*"),
        ],
      },
      {
        actions: ["s3:PutObject"],
        resources: [SETS, "raw/*-retraining-reports/*"].map((keys) => s3(context, dataBucket, keys)),
      },
    ];
  }
}
