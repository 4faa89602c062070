/** What the provider decides without asking AWS: names, required arguments, differences, replacements. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { AwsClients } from "../../../sandbox/provider/clients.ts";
import { DEFAULTS, Provider } from "../../../sandbox/provider/provider.ts";
import { definitionOf, supportedTypes } from "../../../sandbox/provider/registry.ts";

const provider = new Provider(
  new AwsClients({
    gatewayUrl: "http://127.0.0.1:1",
    region: "eu-west-1",
    accountId: "000000000000",
    waitVirtual: () => Promise.reject(new Error("nothing here waits")),
  }),
);
const endpoint = { type: "aws:sagemaker/endpoint:Endpoint", name: "e" };
const role = { type: "aws:iam/role:Role", name: "R" };
const bucket = { type: "aws:s3/bucket:Bucket", name: "Data" };
const trust = '{"Version":"2012-10-17","Statement":[]}';

test("every type that infra makes is known to the provider", async () => {
  const infra = path.join(import.meta.dirname, "../../../infra");
  const sources = readdirSync(infra, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => readFileSync(path.join(infra, file), "utf8"));
  const used = sources.flatMap((source) =>
    [...source.matchAll(/new aws\.(\w+)\.(\w+)\(/g)].map(
      ([, module, name = ""]) => `aws:${module}/${name.charAt(0).toLowerCase()}${name.slice(1)}:${name}`,
    ),
  );
  assert.ok(used.length > 20);
  const known = await supportedTypes();
  assert.deepEqual(
    used.filter((type) => !known.includes(type)),
    [],
  );
});

test("an unknown type is refused by its name", async () => {
  await assert.rejects(
    definitionOf("aws:ec2/instance:Instance"),
    /aws:ec2\/instance:Instance is not supported/,
  );
});

test("an automatic name is the logical name and seven hex digits, and stays while the resource stays", async () => {
  const first = await provider.check(role, { assumeRolePolicy: trust }, undefined, "seed");
  assert.match(first.inputs.name as string, /^R-[0-9a-f]{7}$/);
  const again = await provider.check(role, { assumeRolePolicy: trust }, first.inputs, "another seed");
  assert.equal(again.inputs.name, first.inputs.name);
  const next = await provider.check(role, { assumeRolePolicy: trust }, undefined, "another seed");
  assert.notEqual(next.inputs.name, first.inputs.name);
  const lower = await provider.check(bucket, {}, undefined, "seed");
  assert.match(lower.inputs.bucket as string, /^data-[0-9a-f]{7}$/);
});

test("all missing and all unsupported arguments are listed at once, each by its name", async () => {
  const { failures } = await provider.check(
    role,
    { inlinePolicies: [], tags: { a: "b" }, region: "eu-west-1" },
    undefined,
    "seed",
  );
  assert.deepEqual(failures.map(({ property }) => property).sort(), [
    "assumeRolePolicy",
    "inlinePolicies",
    "tags",
  ]);
});

test("adding or removing the rollback block replaces an endpoint, editing its alarms does not", async () => {
  const block = (...names: string[]) => ({
    autoRollbackConfiguration: { alarms: names.map((alarmName) => ({ alarmName })) },
  });
  const state = { name: "e", endpointConfigName: "c" };
  const added = await provider.diff(endpoint, state, { ...state, deploymentConfig: block("a") });
  assert.equal(added.replaces, true);
  const edited = await provider.diff(
    endpoint,
    { ...state, deploymentConfig: block("a") },
    { ...state, deploymentConfig: block("b") },
  );
  assert.deepEqual([edited.replaces, edited.differences.length], [false, 1]);
});

test("what a rollout left in the state replaces the endpoint, unless the program ignores it", async () => {
  const refreshed = {
    name: "e",
    endpointConfigName: "live",
    deploymentConfig: { autoRollbackConfiguration: { alarms: [{ alarmName: "a" }] } },
  };
  const news = { name: "e", endpointConfigName: "live" };
  assert.equal((await provider.diff(endpoint, refreshed, news)).replaces, true);
  const ignoring = await provider.diff(endpoint, refreshed, news, ["endpointConfigName", "deploymentConfig"]);
  assert.deepEqual(ignoring.differences, []);
});

test("every argument of models and endpoint configurations replaces", async () => {
  for (const type of [
    "aws:sagemaker/model:Model",
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
  ]) {
    const { args } = await definitionOf(type);
    assert.deepEqual(
      Object.entries(args).filter(([, argument]) => !argument.forceNew),
      [],
    );
  }
});

test("a fixed name is deleted before it is made again; an automatic one is not", async () => {
  const state = { name: "r", assumeRolePolicy: trust, path: "/" };
  const fixed = await provider.diff(role, state, { ...state, path: "/x/" });
  assert.deepEqual([fixed.replaces, fixed.deleteBeforeReplace], [true, true]);
  const automatic = await provider.diff(role, state, { ...state, path: "/x/", [DEFAULTS]: ["name"] });
  assert.deepEqual([automatic.replaces, automatic.deleteBeforeReplace], [true, false]);
});

test("a policy that only looks different is no difference", async () => {
  const state = { name: "r", assumeRolePolicy: '{"a":1,"b":[2]}' };
  const same = await provider.diff(role, state, { name: "r", assumeRolePolicy: '{ "b": [2], "a": 1 }' });
  assert.deepEqual(same.differences, []);
});

test("files are compared by content, wherever they lie", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "sluice-assets-"));
  const object = { type: "aws:s3/bucketObjectv2:BucketObjectv2", name: "o" };
  const asset = (name: string, text: string) => {
    writeFileSync(path.join(folder, name), text);
    return {
      "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17",
      path: path.join(folder, name),
    };
  };
  const checked = async (source: object) =>
    (await provider.check(object, { bucket: "b", key: "k", source }, undefined, "seed")).inputs;
  const one = await checked(asset("one", "same"));
  const two = await checked(asset("two", "same"));
  const other = await checked(asset("other", "changed"));
  assert.deepEqual((await provider.diff(object, one, two)).differences, []);
  assert.deepEqual(
    (await provider.diff(object, one, other)).differences.map(({ property }) => property),
    ["source"],
  );
});

test("a file that is not there is reported with its argument", async () => {
  const lambda = { type: "aws:lambda/function:Function", name: "f" };
  const code = {
    "4dabf18193072939515e22adb298388d": "0def7320c3a5731c473e5ecbe6d01bc7",
    path: "/nowhere/bundle",
  };
  const { failures } = await provider.check(lambda, { name: "f", role: "r", code }, undefined, "seed");
  assert.deepEqual(
    failures.map(({ property }) => property),
    ["code"],
  );
  assert.match(failures[0]?.reason ?? "", /\/nowhere\/bundle/);
});

test("a member that AWS does not have is refused before anything is sent", async () => {
  const args = {
    rule: "r",
    arn: "arn:aws:lambda:eu-west-1:000000000000:function:f",
    targetId: "t",
    retryPolicy: { maximumRetryAttempt: 1 },
  };
  await assert.rejects(
    provider.create({ type: "aws:cloudwatch/eventTarget:EventTarget", name: "t" }, args),
    /Targets\[0\]\.RetryPolicy\.MaximumRetryAttempt: AWS has no such member/,
  );
});
