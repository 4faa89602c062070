/** The sandbox with the stacks in it, and how the story reaches both. */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { parse } from "yaml";
import { buildAll, ROOT } from "../../build/index.ts";
import { type ModelSpec, parseModelSpec } from "../../contracts/modelSpec.ts";
import type { DeliveryOutputs, EnvironmentOutputs, FoundationOutputs } from "../../contracts/stackOutputs.ts";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { deployAll } from "../../sandbox/provider/index.ts";
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

/** Starts the sandbox; the data that the first release needs lie there before the pipeline exists. */
export async function createWorld(
  options: WorldOptions,
  uploadFirst: (world: Pick<World, "putObject">, dataBucket: string) => Promise<void>,
): Promise<World> {
  const { terminal } = options;
  mkdirSync(options.stateDirectory, { recursive: true });
  const log = (text: string): void => terminal.status(STORY_START.getTime(), text);
  const [python] = await Promise.all([
    ensurePython({ cacheDirectory: join(ROOT, ".sluice", "cache"), log }),
    buildAll(),
  ]);
  const sandbox = await startSandbox({
    port: options.port,
    stateDirectory: options.stateDirectory,
    python,
    seed: options.seed,
    start: STORY_START,
    region: REGION,
    log: (line) => terminal.say(sandbox.clock.now(), line),
  });
  const settings = clientSettings(sandbox.url, REGION);
  const clients = createClients(settings);
  const putObject: World["putObject"] = async (bucket, key, body) => {
    await clients.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
  };
  const deploy = <const Stack extends string>(stacks: readonly Stack[]) =>
    deployAll({
      root: ROOT,
      stacks,
      gatewayUrl: sandbox.url,
      stateDirectory: options.stateDirectory,
      // A trial may be taken down again.
      overrides: { "sluice:protect": "false" },
      waitVirtual: (seconds) => sandbox.clock.advance(seconds * 1000),
      log: (text) => terminal.status(sandbox.clock.now(), text),
    });
  const summaryOf = (stack: string, result: { readonly summary: { readonly created: number } }): void =>
    terminal.say(sandbox.clock.now(), `stack ${stack}: ${result.summary.created} resources created`);
  const first = await deploy(["foundation"]);
  summaryOf("foundation", first.foundation);
  const foundation = first.foundation.outputs.sluice as FoundationOutputs;
  await uploadFirst({ putObject }, foundation.dataBucket);
  const rest = await deploy(["staging", "prod", "delivery"]);
  for (const stack of ["staging", "prod", "delivery"] as const) summaryOf(stack, rest[stack]);
  const staging = rest.staging.outputs.sluice as EnvironmentOutputs;
  const prod = rest.prod.outputs.sluice as EnvironmentOutputs;
  const delivery = rest.delivery.outputs.sluice as DeliveryOutputs;
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
