/** The product's own stacks in a sandbox, without a Pulumi command. */
import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";
import { buildAll } from "../../../build/index.ts";
import type { StackOperation } from "../../../sandbox/provider/host/messages.ts";
import { runAll } from "../../../sandbox/provider/index.ts";
import { startTestSandbox, type TestSandbox } from "../../support/sandbox.ts";
import { liveEndpoint, rollOut } from "./liveEndpoint.ts";

const ROOT = path.join(import.meta.dirname, "../../..");
const ENDPOINT = "bank-marketing-prod";
let sandbox: TestSandbox;

before(async () => {
  [sandbox] = await Promise.all([startTestSandbox({ ministack: true }), buildAll()]);
});
after(() => sandbox.stop());

const run = <const Stack extends string>(
  operation: StackOperation,
  stacks: readonly Stack[],
  protect = "false",
) =>
  runAll(operation, {
    root: ROOT,
    stacks,
    gatewayUrl: sandbox.url,
    stateDirectory: sandbox.stateDirectory,
    overrides: { "sluice:protect": protect },
  });
const changes = ({ summary }: { summary: Record<string, number> }) =>
  (summary.created ?? 0) + (summary.updated ?? 0) + (summary.replaced ?? 0) + (summary.deleted ?? 0);

test("foundation and prod come up, and a second up changes nothing", async () => {
  const first = await run("up", ["foundation", "prod"]);
  assert.ok(first.foundation.summary.created > 20 && first.prod.summary.created > 40);
  assert.equal((await liveEndpoint(sandbox, ENDPOINT)).status, "InService");
  const second = await run("up", ["foundation", "prod"]);
  assert.deepEqual([changes(second.foundation), changes(second.prod)], [0, 0]);
});

test("after a rollout neither an up, nor a refresh, nor an up after it changes what serves", async () => {
  const configuration = await rollOut(sandbox, ENDPOINT);
  const serving = { status: "InService", configuration };
  assert.equal(changes((await run("up", ["prod"])).prod), 0);
  assert.deepEqual(await liveEndpoint(sandbox, ENDPOINT), serving);
  const { resources } = (await run("refresh", ["prod"])).prod;
  const endpoint = resources.find(({ type }) => type === "aws:sagemaker/endpoint:Endpoint");
  // The trap is set: what the rollout deployed with is in the state now.
  assert.equal(endpoint?.state.endpointConfigName, configuration);
  const deployment = endpoint?.state.deploymentConfig as Record<string, unknown> | undefined;
  assert.ok(deployment?.autoRollbackConfiguration);
  assert.equal(changes((await run("up", ["prod"])).prod), 0);
  assert.deepEqual(await liveEndpoint(sandbox, ENDPOINT), serving);
});

test("protection is on by the stacks' own settings: destroy refuses and names what it holds", async () => {
  await run("up", ["foundation", "prod"], "true");
  await assert.rejects(run("destroy", ["prod"], "true"), /Endpoint bank-marketing-endpoint/);
  assert.equal((await liveEndpoint(sandbox, ENDPOINT)).status, "InService");
  await run("up", ["foundation", "prod"]);
});

test("destroy takes down what the stacks made and leaves the bootstrap to its rollouts", async () => {
  const gone = await run("destroy", ["foundation", "prod"]);
  assert.equal(gone.prod.summary.retained, 3);
  assert.deepEqual(gone.foundation.resources, []);
  await assert.rejects(liveEndpoint(sandbox, ENDPOINT), /Could not find endpoint/);
});
