/** The sandbox's `aws` provider in the engine's own protocol. */
import { status } from "@grpc/grpc-js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import structs from "google-protobuf/google/protobuf/struct_pb.js";
import type { AwsClients } from "../provider/clients.ts";
import type { Properties } from "../provider/definition.ts";
import { functionResult } from "../provider/functions.ts";
import { type Difference, Provider, type Resource } from "../provider/provider.ts";

/** The release of `@pulumi/aws` whose schema the definitions follow. */
const VERSION = "7.48.0";

const toObject = (struct: structs.Struct | undefined): Properties =>
  (struct?.toJavaScript() ?? {}) as Properties;
const toStruct = (value: Properties): structs.Struct =>
  structs.Struct.fromJavaScript(JSON.parse(JSON.stringify(value)) as Record<string, structs.JavaScriptValue>);

/** `urn:pulumi:stack::project::parent$type::name` */
function resourceOf(urn: string): Resource {
  const parts = urn.split("::");
  return { type: parts[2]?.split("$").at(-1) ?? "", name: parts.slice(3).join("::") };
}

type Handler<Request = never> = (request: Request) => unknown;

/** One handler per method of the protocol; a method that is missing here is answered as not implemented. */
export function providerService(clients: AwsClients): Readonly<Record<string, Handler>> {
  const provider = new Provider(clients);
  return {
    // Nothing is accepted: the engine then hands over plain values and marks secrets itself.
    handshake: () => new proto.ProviderHandshakeResponse(),
    getPluginInfo: () => new plugin.PluginInfo().setVersion(VERSION),
    getSchema: () =>
      new proto.GetSchemaResponse().setSchema(JSON.stringify({ name: "aws", version: VERSION })),
    checkConfig: (request: InstanceType<typeof proto.CheckRequest>) =>
      new proto.CheckResponse().setInputs(request.getNews()),
    diffConfig: () => new proto.DiffResponse().setChanges(proto.DiffResponse.DiffChanges.DIFF_NONE),
    configure: () => new proto.ConfigureResponse().setSupportspreview(true),
    // The engine calls it at the end of each run; a provider that exits here counts as crashed.
    cancel: () => new empty.Empty(),
    attach: () => new empty.Empty(),
    getMapping: () => new proto.GetMappingResponse(),
    getMappings: () => new proto.GetMappingsResponse(),
    invoke: (request: InstanceType<typeof proto.InvokeRequest>) =>
      new proto.InvokeResponse().setReturn(toStruct(functionResult(request.getTok(), clients))),
    ...resourceHandlers(provider),
  };
}

function resourceHandlers(provider: Provider): Readonly<Record<string, Handler>> {
  return {
    check: async (request: InstanceType<typeof proto.CheckRequest>) => {
      const seed = Buffer.from(request.getRandomseed_asU8()).toString("hex");
      const olds = request.getOlds() ? toObject(request.getOlds()) : undefined;
      const { inputs, failures } = await provider.check(
        resourceOf(request.getUrn()),
        toObject(request.getNews()),
        olds,
        seed,
      );
      const list = failures.map(({ property, reason }) =>
        new proto.CheckFailure().setProperty(property).setReason(reason),
      );
      return new proto.CheckResponse().setInputs(toStruct(inputs)).setFailuresList(list);
    },
    diff: async (request: InstanceType<typeof proto.DiffRequest>) => {
      const diff = await provider.diff(
        resourceOf(request.getUrn()),
        toObject(request.getOlds()),
        toObject(request.getNews()),
        request.getIgnorechangesList(),
      );
      return diffResponse(diff.differences).setDeletebeforereplace(diff.deleteBeforeReplace);
    },
    create: async (request: InstanceType<typeof proto.CreateRequest>) => {
      const inputs = toObject(request.getProperties());
      // A preview knows the arguments; what it leaves out the SDK takes as not known yet.
      if (request.getPreview()) return new proto.CreateResponse().setProperties(toStruct(inputs));
      const { id, state } = await provider.create(resourceOf(request.getUrn()), inputs);
      return new proto.CreateResponse().setId(id).setProperties(toStruct(state));
    },
    read: async (request: InstanceType<typeof proto.ReadRequest>) => {
      const found = await provider.read(
        resourceOf(request.getUrn()),
        request.getId(),
        toObject(request.getProperties()),
        toObject(request.getInputs()),
      );
      // An empty id says that the resource is gone.
      if (!found) return new proto.ReadResponse();
      return new proto.ReadResponse()
        .setId(request.getId())
        .setProperties(toStruct(found.state))
        .setInputs(toStruct(found.inputs));
    },
    update: async (request: InstanceType<typeof proto.UpdateRequest>) => {
      const [olds, news] = [toObject(request.getOlds()), toObject(request.getNews())];
      const state = request.getPreview()
        ? { ...olds, ...news }
        : await provider.update(resourceOf(request.getUrn()), request.getId(), news, olds);
      return new proto.UpdateResponse().setProperties(toStruct(state));
    },
    delete: async (request: InstanceType<typeof proto.DeleteRequest>) => {
      await provider.delete(resourceOf(request.getUrn()), request.getId(), toObject(request.getProperties()));
      return new empty.Empty();
    },
  };
}

function diffResponse(differences: readonly Difference[]): InstanceType<typeof proto.DiffResponse> {
  const { DIFF_SOME, DIFF_NONE } = proto.DiffResponse.DiffChanges;
  const kinds = proto.PropertyDiff.Kind;
  const response = new proto.DiffResponse();
  for (const { property, kind, replaces } of differences) {
    const plainKind = { add: kinds.ADD, delete: kinds.DELETE, update: kinds.UPDATE }[kind];
    const replaceKind = {
      add: kinds.ADD_REPLACE,
      delete: kinds.DELETE_REPLACE,
      update: kinds.UPDATE_REPLACE,
    }[kind];
    response
      .getDetaileddiffMap()
      .set(property, new proto.PropertyDiff().setKind(replaces ? replaceKind : plainKind).setInputdiff(true));
  }
  return response
    .setHasdetaileddiff(true)
    .setChanges(differences.length > 0 ? DIFF_SOME : DIFF_NONE)
    .setDiffsList(differences.map(({ property }) => property))
    .setReplacesList(differences.filter(({ replaces }) => replaces).map(({ property }) => property));
}

/** gRPC status of an error: what AWS said stays in the text. */
export const grpcFailure = (error: unknown) => ({
  code: status.UNKNOWN,
  details: error instanceof Error ? error.message : String(error),
});
