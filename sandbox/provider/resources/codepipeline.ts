/** CodePipeline: pipeline. */
import {
  type ArtifactStore,
  CodePipelineClient,
  CreatePipelineCommand,
  DeletePipelineCommand,
  GetPipelineCommand,
  type PipelineDeclaration,
  type StageDeclaration,
  UpdatePipelineCommand,
} from "@aws-sdk/client-codepipeline";
import type * as aws from "@pulumi/aws";
import type { AwsClients } from "../clients.ts";
import { computed, define, optional, replaces, required } from "../definition.ts";
import { orGone } from "../errors.ts";

interface Action {
  readonly name: string;
  readonly category: string;
  readonly owner: string;
  readonly provider: string;
  readonly version: string;
  readonly inputArtifacts?: readonly string[];
  readonly outputArtifacts?: readonly string[];
  readonly [key: string]: unknown;
}
interface Stage {
  readonly name: string;
  readonly actions: readonly Action[];
  readonly [key: string]: unknown;
}

const named = (names: readonly string[] | undefined) => (names ?? []).map((name) => ({ name }));

function action({ category, owner, provider, version, inputArtifacts, outputArtifacts, ...rest }: Action) {
  return {
    ...rest,
    actionTypeId: { category, owner, provider, version },
    inputArtifacts: named(inputArtifacts),
    outputArtifacts: named(outputArtifacts),
  };
}

const STAGE_KEYS = ["name", "actions"];

function stage({ actions, ...rest }: Stage): StageDeclaration {
  const unknown = Object.keys(rest).filter((key) => !STAGE_KEYS.includes(key) && rest[key] !== undefined);
  if (unknown.length > 0)
    throw new Error(`stages.${rest.name}: ${unknown.join(", ")} is not supported by the sandbox's provider`);
  return { ...rest, actions: actions.map(action) } as unknown as StageDeclaration;
}

/** One store is `artifactStore`; several, with a region each, are `artifactStores`. */
function stores(given: readonly Record<string, unknown>[]): Partial<PipelineDeclaration> {
  const store = ({ region: _, ...rest }: Record<string, unknown>) => rest as unknown as ArtifactStore;
  const [first] = given;
  if (given.length === 1 && first) return { artifactStore: store(first) };
  return { artifactStores: Object.fromEntries(given.map((one) => [one.region as string, store(one)])) };
}

function declaration(args: Readonly<Record<string, unknown>>): PipelineDeclaration {
  return {
    name: args.name as string,
    roleArn: args.roleArn as string,
    pipelineType: (args.pipelineType as "V2" | undefined) ?? "V1",
    ...(args.executionMode ? { executionMode: args.executionMode as "QUEUED" } : {}),
    ...stores(args.artifactStores as readonly Record<string, unknown>[]),
    ...(args.variables ? { variables: args.variables as PipelineDeclaration["variables"] } : {}),
    stages: (args.stages as readonly Stage[]).map(stage),
  };
}

/** The way back of `declaration`. */
function pipelineArgs(live: PipelineDeclaration): Record<string, unknown> {
  const names = (list: readonly { name?: string }[] | undefined) => list?.map(({ name }) => name);
  const stores = live.artifactStore
    ? [live.artifactStore]
    : Object.entries(live.artifactStores ?? {}).map(([region, store]) => ({ ...store, region }));
  return {
    name: live.name,
    roleArn: live.roleArn,
    pipelineType: live.pipelineType,
    executionMode: live.executionMode,
    artifactStores: stores,
    ...(live.variables?.length ? { variables: live.variables } : {}),
    stages: live.stages?.map(({ name, actions }) => ({
      name,
      actions: actions?.map(({ actionTypeId, inputArtifacts, outputArtifacts, ...rest }) => ({
        ...rest,
        ...actionTypeId,
        inputArtifacts: names(inputArtifacts),
        outputArtifacts: names(outputArtifacts),
      })),
    })),
  };
}

/** A pipeline runs once when it is created, as on AWS. */
const pipeline = define<aws.codepipeline.PipelineArgs, aws.codepipeline.PipelineState>(
  "aws:codepipeline/pipeline:Pipeline",
  {
    args: {
      name: replaces,
      roleArn: required,
      artifactStores: required,
      stages: required,
      pipelineType: computed,
      executionMode: computed,
      variables: optional,
    },
    autoName: { property: "name", maxLength: 100 },
    async create(clients, args) {
      await clients
        .client(CodePipelineClient)
        .send(
          new CreatePipelineCommand({ pipeline: declaration(args as Readonly<Record<string, unknown>>) }),
        );
      return { id: args.name as string, outputs: pipelineOutputs(clients, args) };
    },
    async read(clients, id) {
      const found = await orGone(
        clients.client(CodePipelineClient).send(new GetPipelineCommand({ name: id })),
      );
      if (!found?.pipeline) return undefined;
      return { ...pipelineArgs(found.pipeline), ...pipelineOutputs(clients, { name: id }) };
    },
    async update(clients, _id, args) {
      await clients
        .client(CodePipelineClient)
        .send(
          new UpdatePipelineCommand({ pipeline: declaration(args as Readonly<Record<string, unknown>>) }),
        );
      return {};
    },
    delete: (clients, id) =>
      orGone(clients.client(CodePipelineClient).send(new DeletePipelineCommand({ name: id }))),
  },
);

const pipelineOutputs = (clients: AwsClients, { name }: { readonly name?: string }) => ({
  arn: clients.arn("codepipeline", name as string),
  region: clients.region,
});

export const definitions = [pipeline];
