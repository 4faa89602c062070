/** The product's stacks through the real Pulumi engine. Needs the `pulumi` command: run by `npm run engine -- test`. */
import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { buildAll } from "../../build/index.ts";
import { ensurePulumi } from "../../sandbox/engine/pulumiBinary.ts";
import { selectStack } from "../../sandbox/engine/workspace.ts";
import { liveEndpoint, rollOut } from "../sandbox/provider/liveEndpoint.ts";
import { startTestSandbox, type TestSandbox } from "../support/sandbox.ts";

const ROOT = path.join(import.meta.dirname, "../..");
const ENDPOINT = "bank-marketing-prod";
let sandbox: TestSandbox;
let pulumiRoot: string;

before(async () => {
  pulumiRoot = await ensurePulumi((line) => process.stderr.write(`${line}\n`));
  [sandbox] = await Promise.all([startTestSandbox({ ministack: true }), buildAll()]);
});
after(() => sandbox?.stop());

const stackOf = (stack: string, protect = "false") =>
  selectStack(stack, {
    root: ROOT,
    pulumiRoot,
    gatewayUrl: sandbox.url,
    stateDirectory: sandbox.stateDirectory,
    overrides: { "sluice:protect": protect },
  });

/** What `up` changed, by operation; what stayed the same is left out. */
async function up(stack: string, protect?: string): Promise<Record<string, number>> {
  const { summary } = await (await stackOf(stack, protect)).up();
  const { same: _, ...changes } = summary.resourceChanges ?? {};
  return changes as Record<string, number>;
}

interface SavedResource {
  readonly type: string;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

async function savedEndpoint(stack: Stack): Promise<SavedResource | undefined> {
  const { deployment } = (await stack.exportStack()) as { deployment: { resources: SavedResource[] } };
  return deployment.resources.find(({ type }) => type === "aws:sagemaker/endpoint:Endpoint");
}

test("foundation and prod come up, and a second up changes nothing", async () => {
  assert.ok(((await up("foundation")).create ?? 0) > 20);
  assert.ok(((await up("prod")).create ?? 0) > 40);
  assert.deepEqual([await up("foundation"), await up("prod")], [{}, {}]);
});

test("after a rollout neither an up, nor a refresh, nor an up after it changes what serves", async () => {
  const configuration = await rollOut(sandbox, ENDPOINT);
  const serving = { status: "InService", configuration };
  assert.deepEqual(await up("prod"), {});
  assert.deepEqual(await liveEndpoint(sandbox, ENDPOINT), serving);
  const stack = await stackOf("prod");
  await stack.refresh();
  // The trap is set: what the rollout deployed with is in the state now.
  const endpoint = await savedEndpoint(stack);
  assert.equal(endpoint?.outputs?.endpointConfigName, configuration);
  assert.ok(endpoint?.outputs?.deploymentConfig);
  const preview = await stack.preview();
  assert.deepEqual(Object.keys(preview.changeSummary), ["same"]);
  assert.deepEqual(await up("prod"), {});
  assert.deepEqual(await liveEndpoint(sandbox, ENDPOINT), serving);
});

test("a protected endpoint is not destroyed", async () => {
  await up("prod", "true");
  await assert.rejects((await stackOf("prod", "true")).destroy(), /protected/);
  assert.equal((await liveEndpoint(sandbox, ENDPOINT)).status, "InService");
  await up("prod");
});

test("destroy takes down what the stacks made", async () => {
  await (await stackOf("prod")).destroy();
  await (await stackOf("foundation")).destroy();
  await assert.rejects(liveEndpoint(sandbox, ENDPOINT), /Could not find endpoint/);
});
