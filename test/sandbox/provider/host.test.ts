/** The in-process host: what `pulumi up`, `preview`, `refresh` and `destroy` promise, kept without a Pulumi command. */
import assert from "node:assert/strict";
import path from "node:path";
import { after, before, beforeEach, test } from "node:test";
import {
  CloudWatchLogsClient,
  DeleteLogGroupCommand,
  PutRetentionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import type { StackOperation, StackResult } from "../../../sandbox/provider/host/messages.ts";
import { runStackOperation } from "../../../sandbox/provider/index.ts";
import { startTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

let sandbox: TestSandbox;
let number = 0;
let stateDirectory: string;
const seen = (): string[] => sandbox.calls().map(({ service, action }) => `${service}:${action}`);
const writes = (since: number): string[] =>
  seen()
    .slice(since)
    .filter((call) => /:(Create|Put|Update|Delete|Attach|Add|Remove)/.test(call));

before(async () => {
  sandbox = await startTestSandbox();
});
after(() => sandbox.stop());
beforeEach(() => {
  number += 1;
  stateDirectory = path.join(sandbox.stateDirectory, `probe-${number}`);
});

const run = (operation: StackOperation, scene: string[], stack = "first"): Promise<StackResult> =>
  runStackOperation(operation, {
    program: path.join(import.meta.dirname, "programs", "program.ts"),
    project: "probe",
    stack,
    config: { "aws:region": "eu-west-1", "test:scene": JSON.stringify(scene) },
    gatewayUrl: sandbox.url,
    stateDirectory,
  });
/** Brings a scene up, and everything down when the test is done. */
function scene(name: string, body: () => Promise<void>): void {
  void test(name, async () => {
    try {
      await body();
    } finally {
      await run("destroy", []);
    }
  });
}
const changed = ({ summary }: StackResult) => [
  summary.created,
  summary.updated,
  summary.replaced,
  summary.deleted,
];

scene("up makes everything, a second up changes nothing, and outputs are read by another stack", async () => {
  const first = await run("up", []);
  assert.deepEqual(changed(first), [3, 0, 0, 0]);
  assert.equal(first.outputs.arn, "arn:aws:logs:eu-west-1:000000000000:log-group:/probe");
  const since = seen().length;
  assert.deepEqual(changed(await run("up", [])), [0, 0, 0, 0]);
  assert.deepEqual(writes(since), []);
  const second = await run("up", ["reference"], "second");
  assert.deepEqual(second.outputs, { seen: "/probe" });
});

scene("a changed argument updates, a moved role is made anew before the old one goes", async () => {
  await run("up", []);
  assert.deepEqual(changed(await run("up", ["update"])), [0, 1, 0, 0]);
  const since = seen().length;
  // The role's name is automatic, so the new one can stand beside the old one; the policy follows it.
  assert.deepEqual(changed(await run("up", ["update", "replace"])), [0, 0, 2, 0]);
  const order = writes(since);
  assert.ok(order.indexOf("iam:CreateRole") < order.indexOf("iam:DeleteRole"), order.join(" "));
  assert.ok(order.lastIndexOf("iam:PutRolePolicy") < order.indexOf("iam:DeleteRolePolicy"), order.join(" "));
});

scene("what left the program is deleted", async () => {
  assert.deepEqual(changed(await run("up", ["more"])), [4, 0, 0, 0]);
  assert.deepEqual(changed(await run("up", [])), [0, 0, 0, 1]);
});

scene("a preview tells what would happen and changes nothing", async () => {
  await run("up", ["more"]);
  const since = seen().length;
  assert.deepEqual(changed(await run("preview", ["update", "longer"])), [0, 2, 0, 1]);
  assert.deepEqual(writes(since), []);
  assert.deepEqual(changed(await run("up", ["more"])), [0, 0, 0, 0]);
});

scene("a preview of a new stack calls nothing", async () => {
  const since = seen().length;
  assert.deepEqual(changed(await run("preview", [])), [3, 0, 0, 0]);
  assert.deepEqual(writes(since), []);
});

scene("what is protected is not deleted, and the refusal names it", async () => {
  await run("up", ["protected"]);
  await assert.rejects(run("destroy", []), /protected[\s\S]*aws:cloudwatch\/logGroup:LogGroup group/);
  await run("up", []);
});

scene("what is kept stays in AWS when the stack goes", async () => {
  await run("up", ["kept"]);
  const { summary } = await run("destroy", []);
  assert.deepEqual([summary.deleted, summary.retained], [2, 1]);
  const client = new CloudWatchLogsClient(sandbox.client());
  await client.send(new DeleteLogGroupCommand({ logGroupName: "/probe" }));
});

scene("ignored arguments stay as they are, also after a refresh", async () => {
  await run("up", []);
  const { summary } = await run("up", ["ignoring", "longer"]);
  assert.deepEqual([summary.updated, summary.ignored], [0, 1]);
  const client = new CloudWatchLogsClient(sandbox.client());
  await client.send(new PutRetentionPolicyCommand({ logGroupName: "/probe", retentionInDays: 14 }));
  assert.equal((await run("refresh", [])).summary.updated, 1);
  assert.equal((await run("up", ["ignoring", "longer"])).summary.updated, 0);
  // Not ignored any more: the drift is put right.
  assert.equal((await run("up", [])).summary.updated, 1);
});

scene("what somebody else deleted is made again after a refresh", async () => {
  await run("up", []);
  const client = new CloudWatchLogsClient(sandbox.client());
  await client.send(new DeleteLogGroupCommand({ logGroupName: "/probe" }));
  assert.equal((await run("refresh", [])).summary.deleted, 1);
  assert.deepEqual(changed(await run("up", [])), [1, 0, 0, 0]);
});

scene(
  "a failure names the resource and what AWS said, deletes nothing, and keeps what was made",
  async () => {
    await run("up", ["more"]);
    await assert.rejects(
      run("up", ["broken"]),
      /aws:iam\/rolePolicy:RolePolicy lost: create: .*nobody.*\(HTTP 4\d\d\)/s,
    );
    // The bus that left the program stays: a program that failed has not said what it wants.
    assert.deepEqual(changed(await run("up", ["more", "independent"])), [0, 0, 0, 1]);
  },
);

scene("a type that is not supported and an error of the program are reported as such", async () => {
  await assert.rejects(run("up", ["unsupported"]), /aws:ec2\/vpc:Vpc is not supported/);
  await assert.rejects(run("up", ["throws"]), /the program itself failed/);
});
