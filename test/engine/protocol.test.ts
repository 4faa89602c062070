/** The provider over the engine's own protocol, without an engine: what the engine relies on is on the wire. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Client, credentials } from "@grpc/grpc-js";
import rpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import structs from "google-protobuf/google/protobuf/struct_pb.js";
import { type ServedProvider, serveProvider } from "../../sandbox/engine/providerServer.ts";
import { startTestSandbox, type TestSandbox } from "../support/sandbox.ts";

type Properties = Record<string, unknown>;
interface ProviderClient {
  [method: string]: (request: unknown, answer: (error: Error | null, response: unknown) => void) => void;
}

let sandbox: TestSandbox;
let served: ServedProvider;
let client: Client;
const URN = "urn:pulumi:prod::sluice::sluice:shared:LambdaFunction$aws:iam/role:Role::worker-role";
const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

before(async () => {
  sandbox = await startTestSandbox();
  served = await serveProvider({ gatewayUrl: sandbox.url, region: "eu-west-1", accountId: "000000000000" });
  // The generated module has no types of its own.
  const { ResourceProviderClient } = rpc as unknown as {
    ResourceProviderClient: new (address: string, channel: unknown) => Client;
  };
  client = new ResourceProviderClient(`127.0.0.1:${served.port}`, credentials.createInsecure());
});
after(async () => {
  client.close();
  served.close();
  await sandbox.stop();
});

const struct = (value: Properties) =>
  structs.Struct.fromJavaScript(value as Record<string, structs.JavaScriptValue>);
const call = <Response>(method: string, request: unknown): Promise<Response> =>
  new Promise((resolve, reject) =>
    (client as unknown as ProviderClient)[method]?.(request, (error, response) =>
      error ? reject(error) : resolve(response as Response),
    ),
  );

async function check(news: Properties, olds?: Properties): Promise<InstanceType<typeof proto.CheckResponse>> {
  const request = new proto.CheckRequest()
    .setUrn(URN)
    .setNews(struct(news))
    .setRandomseed(Buffer.from("seed"));
  return await call("check", olds ? request.setOlds(struct(olds)) : request);
}

test("the handshake accepts nothing, so that the engine keeps secrets to itself", async () => {
  const answer = await call<InstanceType<typeof proto.ProviderHandshakeResponse>>(
    "handshake",
    new proto.ProviderHandshakeRequest(),
  );
  assert.equal(answer.getAcceptSecrets(), false);
  const configured = await call<InstanceType<typeof proto.ConfigureResponse>>(
    "configure",
    new proto.ConfigureRequest(),
  );
  assert.equal(configured.getSupportspreview(), true);
});

test("check names the role after its logical name and lists what is missing", async () => {
  const good = (await check({ assumeRolePolicy: trust })).getInputs()?.toJavaScript() as Properties;
  assert.match(good.name as string, /^worker-role-[0-9a-f]{7}$/);
  const bad = await check({});
  assert.deepEqual(
    bad.getFailuresList().map((failure) => failure.getProperty()),
    ["assumeRolePolicy"],
  );
});

test("a role is created, read, changed and deleted; once it is gone, read answers with an empty id", async () => {
  const inputs = (await check({ assumeRolePolicy: trust })).getInputs() as structs.Struct;
  const preview = await call<InstanceType<typeof proto.CreateResponse>>(
    "create",
    new proto.CreateRequest().setUrn(URN).setProperties(inputs).setPreview(true),
  );
  assert.equal(preview.getId(), "");
  const made = await call<InstanceType<typeof proto.CreateResponse>>(
    "create",
    new proto.CreateRequest().setUrn(URN).setProperties(inputs),
  );
  const state = made.getProperties() as structs.Struct;
  assert.equal((state.toJavaScript() as Properties).arn, `arn:aws:iam::000000000000:role/${made.getId()}`);
  const news = struct({ ...(inputs.toJavaScript() as Properties), maxSessionDuration: 7200 });
  const diff = await call<InstanceType<typeof proto.DiffResponse>>(
    "diff",
    new proto.DiffRequest().setUrn(URN).setId(made.getId()).setOlds(state).setNews(news),
  );
  assert.deepEqual([diff.getDiffsList(), diff.getReplacesList()], [["maxSessionDuration"], []]);
  await call(
    "update",
    new proto.UpdateRequest().setUrn(URN).setId(made.getId()).setOlds(state).setNews(news),
  );
  const readRequest = () =>
    new proto.ReadRequest().setUrn(URN).setId(made.getId()).setProperties(state).setInputs(inputs);
  const read = await call<InstanceType<typeof proto.ReadResponse>>("read", readRequest());
  assert.equal((read.getProperties() as structs.Struct).toJavaScript().maxSessionDuration, 7200);
  await call<empty.Empty>(
    "delete",
    new proto.DeleteRequest().setUrn(URN).setId(made.getId()).setProperties(state),
  );
  const gone = await call<InstanceType<typeof proto.ReadResponse>>("read", readRequest());
  assert.equal(gone.getId(), "");
});

test("what AWS refuses reaches the engine with the resource, the code and the words of AWS", async () => {
  const inputs = struct({ name: "twice", assumeRolePolicy: trust });
  const create = () => call("create", new proto.CreateRequest().setUrn(URN).setProperties(inputs));
  await create();
  await assert.rejects(create(), /aws:iam\/role:Role worker-role: create: EntityAlreadyExists.*\(HTTP 409\)/);
});

test("cancel does not end the provider, and methods that it does not have are answered as such", async () => {
  await call("cancel", new empty.Empty());
  await assert.rejects(call("construct", new proto.ConstructRequest()), /not served/);
  assert.equal((await check({ assumeRolePolicy: trust })).getFailuresList().length, 0);
});
