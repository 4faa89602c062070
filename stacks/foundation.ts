/** The foundation program: what all environments share. */
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { FoundationOutputs } from "../contracts/stackOutputs.ts";
import { Foundation } from "../infra/registry/foundation.ts";
import { DIST, type StackContext } from "./context.ts";

export function foundation({ settings, deploy, specs }: StackContext): pulumi.Output<FoundationOutputs> {
  const built = new Foundation("foundation", {
    context: deploy,
    environmentAccounts: settings.environmentAccounts,
    operators: settings.operators,
    models: specs.map((spec) => spec.name),
    toolsZip: join(DIST, "build-tools.zip"),
    sourceZips: Object.fromEntries(
      specs.map((spec) => [spec.name, join(DIST, "sources", `${spec.name}.zip`)]),
    ),
  });
  return pulumi.output({
    accountId: deploy.accountId,
    environmentAccounts: settings.environmentAccounts,
    kmsKeyArn: built.kmsKeyArn,
    artifactBucket: built.artifactBucket.bucketName,
    dataBucket: built.dataBucket.bucketName,
    recordsTable: built.recordsTable.name,
    recordsTableArn: built.recordsTable.arn,
    eventBusName: built.eventBus.name,
    eventBusArn: built.eventBus.arn,
    alertTopicArn: built.alertTopic.arn,
    deadLetterArn: built.deadLetters.arn,
  });
}
