/** Foundation and delivery in one account, staging and production in an account of their own each, all in one sandbox. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { buildAll, ROOT } from "../../build/index.ts";
import { loadSample, type SampleData } from "../../cli/story/calls.ts";
import { clientSettings, createClients } from "../../cli/story/clients.ts";
import { commit, replaceIn } from "../../cli/story/commits.ts";
import { loadSpec, MODEL, STORY_START, type World } from "../../cli/story/world.ts";
import type { DeliveryOutputs, EnvironmentOutputs, FoundationOutputs } from "../../contracts/stackOutputs.ts";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { runAll, type StackResult } from "../../sandbox/provider/index.ts";
import { testPython } from "./sandbox.ts";

export const ACCOUNTS = { shared: "000000000000", staging: "111111111111", prod: "222222222222" } as const;
/** Who is on call in production's account. */
export const OPERATOR = `arn:aws:iam::${ACCOUNTS.prod}:role/on-call`;
export type AccountName = keyof typeof ACCOUNTS;

const REGION = "eu-west-1";
const silent = { part() {}, say() {}, status() {}, end() {} };

const ACCOUNT_OF = { foundation: "shared", staging: "staging", prod: "prod", delivery: "shared" } as const;
export type StackName = keyof typeof ACCOUNT_OF;

export interface AccountsWorld {
  readonly sandboxes: Readonly<Record<AccountName, Sandbox>>;
  /** The world as people of the foundation's account see it. */
  readonly shared: World;
  /** The same as people of production's account see it. */
  readonly prod: World;
  readonly data: SampleData;
  /** `pulumi up` of a stack again, with these settings beside its account. */
  up(stack: StackName, more?: Readonly<Record<string, string>>): Promise<StackResult>;
  stop(): Promise<void>;
}

/** All four stacks, each under its own account's credentials, and a first commit of the sample that retrains with `minimumLabels`. */
export async function startAccounts(minimumLabels: number): Promise<AccountsWorld> {
  const stateDirectory = mkdtempSync(join(tmpdir(), "sluice-accounts-"));
  const [python] = await Promise.all([testPython(), buildAll()]);
  const start = (accountId: string, beside?: Sandbox) =>
    startSandbox({
      python,
      stateDirectory: join(stateDirectory, accountId),
      start: STORY_START,
      region: REGION,
      accountId,
      handleSignals: false,
      ...(beside ? { beside } : {}),
    });
  const first = await start(ACCOUNTS.shared);
  const stop = async (): Promise<void> => {
    await first.stop();
    rmSync(stateDirectory, { recursive: true, force: true });
  };
  try {
    const sandboxes = {
      shared: first,
      staging: await start(ACCOUNTS.staging, first),
      prod: await start(ACCOUNTS.prod, first),
    };
    const up = upIn(sandboxes, stateDirectory);
    return { ...(await bringUp(sandboxes, up, minimumLabels)), sandboxes, up, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const SETTINGS: Readonly<Record<StackName, Readonly<Record<string, string>>>> = {
  foundation: {
    "sluice:environmentAccounts": JSON.stringify({ staging: ACCOUNTS.staging, prod: ACCOUNTS.prod }),
    "sluice:operators": JSON.stringify([OPERATOR]),
  },
  staging: {},
  prod: {},
  delivery: {},
};

/** Each stack under the credentials of its own account alone. */
const upIn =
  (sandboxes: AccountsWorld["sandboxes"], stateDirectory: string): AccountsWorld["up"] =>
  async (stack, more = {}) => {
    const account = ACCOUNT_OF[stack];
    const overrides = {
      "sluice:protect": "false",
      "sluice:account": ACCOUNTS[account],
      ...SETTINGS[stack],
      ...more,
    };
    const results = await runAll("up", {
      root: ROOT,
      stacks: [stack],
      gatewayUrl: sandboxes[account].url,
      accountId: ACCOUNTS[account],
      stateDirectory,
      overrides,
    });
    return results[stack];
  };

async function bringUp(
  sandboxes: AccountsWorld["sandboxes"],
  upOf: AccountsWorld["up"],
  minimumLabels: number,
): Promise<Pick<AccountsWorld, "shared" | "prod" | "data">> {
  const modelFolder = join(ROOT, "models", MODEL);
  const spec = loadSpec(modelFolder);
  const data = loadSample(
    modelFolder,
    spec.features.map(({ name }) => name),
  );
  const up = async <Outputs>(stack: StackName): Promise<Outputs> =>
    (await upOf(stack)).outputs.sluice as Outputs;
  const worldOf = (account: AccountName, outputs: Partial<World>): World => {
    const sandbox = sandboxes[account];
    const settings = clientSettings(sandbox.url, REGION, ACCOUNTS[account]);
    const clients = createClients(settings);
    return {
      sandbox,
      settings,
      clients,
      spec,
      modelFolder,
      terminal: silent,
      now: () => sandbox.clock.now(),
      say: () => {},
      putObject: async (Bucket: string, Key: string, Body: Uint8Array | string) => {
        await clients.s3.send(new PutObjectCommand({ Bucket, Key, Body }));
      },
      ...outputs,
    } as World;
  };
  const foundation = await up<FoundationOutputs>("foundation");
  const early = worldOf("shared", { foundation });
  await early.putObject(foundation.dataBucket, `raw/${MODEL}/2008-05_2008-08.csv`, data.historyCsv);
  const labels = `minimumLabels: ${spec.retraining.minimumLabels}`;
  await commit(early, replaceIn("model.yaml", labels, `minimumLabels: ${minimumLabels}`));
  const staging = await up<EnvironmentOutputs>("staging");
  const prod = await up<EnvironmentOutputs>("prod");
  const delivery = await up<DeliveryOutputs>("delivery");
  const outputs = {
    foundation,
    staging,
    prod,
    delivery,
    pipelineName: delivery.pipelines[MODEL] as string,
    endpointName: prod.endpoints[MODEL] as string,
  };
  return { shared: worldOf("shared", outputs), prod: worldOf("prod", outputs), data };
}
