/** What the coordinator's parts share. */
import type { CodePipelineClient } from "@aws-sdk/client-codepipeline";
import type { SFNClient } from "@aws-sdk/client-sfn";
import type { SNSClient } from "@aws-sdk/client-sns";
import type { EnvironmentOf } from "../../contracts/environment.ts";
import type { RetrainingRequest } from "../../core/retraining/decide.ts";
import type { AthenaStatements } from "../shared/athena.ts";
import type { LargeObjects } from "../shared/largeObjects.ts";
import type { Log } from "../shared/logger.ts";
import type { Objects } from "../shared/objects.ts";
import type { Records } from "../shared/records.ts";

export interface Dependencies {
  readonly environment: EnvironmentOf<"coordinateRetraining">;
  readonly records: Records;
  readonly objects: Objects;
  readonly largeObjects: LargeObjects;
  /** Statements under a business key: the same key and statement are the same query. */
  readonly athena: (key: string) => AthenaStatements;
  readonly codepipeline: Pick<CodePipelineClient, "send">;
  readonly states: Pick<SFNClient, "send">;
  readonly sns: Pick<SNSClient, "send">;
  readonly log: Log;
  readonly now: () => Date;
}

/** A request and whose it is. */
export interface Asked extends RetrainingRequest {
  readonly modelName: string;
  readonly requestedAt: string;
}

export interface Answer {
  readonly decision: "started" | "refused" | "joining";
  readonly reason: string;
}
