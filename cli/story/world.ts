/** The sandbox with the stacks in it, and how the story reaches both. */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { parse } from "yaml";
import { buildAll, ROOT } from "../../build/index.ts";
import { type ModelSpec, parseModelSpec } from "../../contracts/modelSpec.ts";
import type { DeliveryOutputs, EnvironmentOutputs, FoundationOutputs } from "../../contracts/stackOutputs.ts";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { deployAll, type StackResult } from "../../sandbox/provider/index.ts";
import { ensurePython } from "../../sandbox/python/ensure.ts";
import { type ClientSettings, type Clients, clientSettings, createClients } from "./clients.ts";
import type { Terminal } from "./terminal.ts";

/** The story begins on a Monday morning; only the order of the calls is real, not their dates. */
export const STORY_START = new Date("2026-01-05T06:00:00Z");
export const MODEL = "bank-marketing";
const REGION = "eu-west-1";

export interface WorldOptions {
  readonly port: number;
  readonly stateDirectory: string;
  readonly seed: number;
  readonly terminal: Terminal;
}

export interface World {
  readonly sandbox: Sandbox;
  readonly clients: Clients;
  readonly settings: ClientSettings;
  readonly terminal: Terminal;
  readonly spec: ModelSpec;
  readonly modelFolder: string;
  readonly foundation: FoundationOutputs;
  readonly staging: EnvironmentOutputs;
  readonly prod: EnvironmentOutputs;
  readonly delivery: DeliveryOutputs;
  readonly pipelineName: string;
  readonly endpointName: string;
  now(): number;
  say(text: string): void;
  /** Plays virtual time until `look` gives something, at most `seconds`; null when it never did. */
  wait<T>(
    what: string,
    look: () => Promise<T | null>,
    seconds: number,
    everySeconds?: number,
  ): Promise<T | null>;
  putObject(bucket: string, key: string, body: Uint8Array | string): Promise<void>;
  getText(uri: string): Promise<string>;
}

export function loadSpec(modelFolder: string): ModelSpec {
  const parsed = parseModelSpec(parse(readFileSync(join(modelFolder, "model.yaml"), "utf8")));
  if ("problems" in parsed)
    throw new Error(
      `model.yaml is not valid:\n${parsed.problems.map((p) => `  - ${p.path}: ${p.message}`).join("\n")}`,
    );
  return parsed.spec;
}

type UploadFirst = (world: Pick<World, "putObject">, dataBucket: string) => Promise<void>;

/** Starts the sandbox; the data that the first release needs lie there before the pipeline exists. A failure leaves no process behind. */
export async function createWorld(options: WorldOptions, uploadFirst: UploadFirst): Promise<World> {
  const [sandbox, built] = await Promise.allSettled([startForStory(options), buildAll()]);
  if (sandbox.status === "rejected") throw sandbox.reason;
  try {
    if (built.status === "rejected") throw built.reason;
    return await worldIn(sandbox.value, options, uploadFirst);
  } catch (error) {
    await sandbox.value.stop();
    throw error;
  }
}

async function startForStory({ terminal, stateDirectory, port, seed }: WorldOptions): Promise<Sandbox> {
  mkdirSync(stateDirectory, { recursive: true });
  const cacheDirectory = join(ROOT, ".sluice", "cache");
  const python = await ensurePython({
    cacheDirectory,
    log: (text) => terminal.status(STORY_START.getTime(), text),
  });
  const sandbox = await startSandbox({
    port,
    stateDirectory,
    python,
    seed,
    start: STORY_START,
    region: REGION,
    lambda: { compileCacheDirectory: join(cacheDirectory, "lambda") },
    log: (line) => terminal.say(sandbox.clock.now(), line),
  });
  return sandbox;
}

async function worldIn(sandbox: Sandbox, options: WorldOptions, uploadFirst: UploadFirst): Promise<World> {
  const { terminal } = options;
  const settings = clientSettings(sandbox.url, REGION);
  const clients = createClients(settings);
  const putObject: World["putObject"] = async (bucket, key, body) => {
    await clients.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
  };
  const { foundation, staging, prod, delivery } = await bringUp(sandbox, options, (bucket) =>
    uploadFirst({ putObject }, bucket),
  );
  const modelFolder = join(ROOT, "models", MODEL);
  return {
    sandbox,
    clients,
    settings,
    terminal,
    spec: loadSpec(modelFolder),
    modelFolder,
    foundation,
    staging,
    prod,
    delivery,
    pipelineName: delivery.pipelines[MODEL] as string,
    endpointName: prod.endpoints[MODEL] as string,
    now: () => sandbox.clock.now(),
    say: (text) => terminal.say(sandbox.clock.now(), text),
    async wait(what, look, seconds, everySeconds = 30) {
      const until = sandbox.clock.now() + seconds * 1000;
      for (;;) {
        const found = await look();
        if (found !== null) return found;
        if (sandbox.clock.now() >= until) return null;
        terminal.status(sandbox.clock.now(), what);
        await sandbox.clock.advance(everySeconds * 1000);
      }
    },
    putObject,
    async getText(uri) {
      const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) as unknown as [string, string, string];
      const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return (await Body?.transformToString()) ?? "";
    },
  };
}

/** The four stacks, with what `beforeRest` uploads to the data bucket before there is a pipeline. */
async function bringUp(
  sandbox: Sandbox,
  { stateDirectory, terminal }: WorldOptions,
  beforeRest: (dataBucket: string) => Promise<void>,
) {
  const outputsOf = <Outputs>({ outputs }: StackResult): Outputs => outputs.sluice as Outputs;
  const up = await deployAll({
    root: ROOT,
    stacks: ["foundation", "staging", "prod", "delivery"],
    gatewayUrl: sandbox.url,
    stateDirectory,
    // A trial may be taken down again.
    overrides: { "sluice:protect": "false" },
    waitVirtual: (seconds) => sandbox.clock.advance(seconds * 1000),
    log: (text) => terminal.status(sandbox.clock.now(), text),
    after: async (stack, result) => {
      terminal.say(sandbox.clock.now(), `stack ${stack}: ${result.summary.created} resources created`);
      if (stack === "foundation") await beforeRest(outputsOf<FoundationOutputs>(result).dataBucket);
    },
  });
  return {
    foundation: outputsOf<FoundationOutputs>(up.foundation),
    staging: outputsOf<EnvironmentOutputs>(up.staging),
    prod: outputsOf<EnvironmentOutputs>(up.prod),
    delivery: outputsOf<DeliveryOutputs>(up.delivery),
  };
}
