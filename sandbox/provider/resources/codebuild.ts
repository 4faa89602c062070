/** CodeBuild: project. */
import {
  BatchGetProjectsCommand,
  CodeBuildClient,
  CreateProjectCommand,
  type CreateProjectCommandInput,
  DeleteProjectCommand,
  type LogsConfig,
  UpdateProjectCommand,
} from "@aws-sdk/client-codebuild";
import type * as aws from "@pulumi/aws";
import { computed, define, optional, replaces, required } from "../definition.ts";
import { orGone } from "../errors.ts";

/** The API is camelCase too; only a few names differ, and log settings need a status there. */
function request(args: Readonly<Record<string, unknown>>): CreateProjectCommandInput {
  const { buildTimeout, queuedTimeout, logsConfig, ...rest } = args;
  return {
    ...(rest as unknown as CreateProjectCommandInput),
    ...(buildTimeout ? { timeoutInMinutes: buildTimeout as number } : {}),
    ...(queuedTimeout ? { queuedTimeoutInMinutes: queuedTimeout as number } : {}),
    ...(logsConfig ? { logsConfig: logs(logsConfig as Record<string, object>) } : {}),
  };
}

function logs({ cloudwatchLogs, s3Logs }: Record<string, object>): LogsConfig {
  return {
    ...(cloudwatchLogs ? { cloudWatchLogs: { status: "ENABLED", ...cloudwatchLogs } } : {}),
    ...(s3Logs ? { s3Logs: { status: "DISABLED", ...s3Logs } } : {}),
  };
}

/** Id: the project's ARN, as the real provider has it. */
const project = define<aws.codebuild.ProjectArgs, aws.codebuild.ProjectState>(
  "aws:codebuild/project:Project",
  {
    args: {
      name: replaces,
      serviceRole: required,
      source: required,
      artifacts: required,
      environment: required,
      description: optional,
      encryptionKey: computed,
      buildTimeout: computed,
      queuedTimeout: computed,
      logsConfig: optional,
      concurrentBuildLimit: optional,
    },
    autoName: { property: "name", maxLength: 150 },
    async create(clients, args) {
      const made = await clients
        .client(CodeBuildClient)
        .send(new CreateProjectCommand(request(args as Readonly<Record<string, unknown>>)));
      const arn = made.project?.arn as string;
      return {
        id: arn,
        outputs: { arn, region: clients.region, queuedTimeout: made.project?.queuedTimeoutInMinutes ?? 480 },
      };
    },
    async read(clients, _id, state) {
      const found = await clients
        .client(CodeBuildClient)
        .send(new BatchGetProjectsCommand({ names: [state.name as string] }));
      const live = found.projects?.[0];
      if (!live) return undefined;
      const { serviceRole, source, artifacts, environment, description, encryptionKey, logsConfig } = live;
      return {
        name: live.name,
        arn: live.arn,
        ...{ serviceRole, source, artifacts, environment, description, encryptionKey },
        buildTimeout: live.timeoutInMinutes,
        ...(logsConfig
          ? { logsConfig: { cloudwatchLogs: logsConfig.cloudWatchLogs, s3Logs: logsConfig.s3Logs } }
          : {}),
      } as aws.codebuild.ProjectState as never;
    },
    async update(clients, _id, args) {
      await clients
        .client(CodeBuildClient)
        .send(new UpdateProjectCommand(request(args as Readonly<Record<string, unknown>>)));
      return {};
    },
    delete: (clients, _id, state) =>
      orGone(clients.client(CodeBuildClient).send(new DeleteProjectCommand({ name: state.name as string }))),
  },
);

export const definitions = [project];
