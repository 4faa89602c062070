/**
 * The provider executable behind `plugin/pulumi-resource-aws`: serves the engine's protocol and prints its port, which is all that
 * the engine asks of a plugin. Reads SLUICE_SANDBOX_URL, SLUICE_SANDBOX_REGION and SLUICE_SANDBOX_ACCOUNT.
 */
import { enableCompileCache } from "node:module";
import type {
  ServerUnaryCall,
  ServiceDefinition,
  sendUnaryData,
  UntypedServiceImplementation,
} from "@grpc/grpc-js";

enableCompileCache();

export interface ServedProvider {
  readonly port: number;
  close(): void;
}

export interface ProviderAddress {
  readonly gatewayUrl: string;
  readonly region: string;
  readonly accountId: string;
}

/** Serves the provider on a free port of the loopback interface. */
export async function serveProvider({
  gatewayUrl,
  region,
  accountId,
}: ProviderAddress): Promise<ServedProvider> {
  const { Server, ServerCredentials, status } = await import("@grpc/grpc-js");
  const { default: rpc } = await import("@pulumi/pulumi/proto/provider_grpc_pb.js");
  const { AwsClients, waitThroughGateway } = await import("../provider/clients.ts");
  const { grpcFailure, providerService } = await import("./service.ts");
  const clients = new AwsClients({
    gatewayUrl,
    region,
    accountId,
    waitVirtual: waitThroughGateway(gatewayUrl),
  });
  const handlers = providerService(clients);
  // The generated module has no types of its own.
  const definition = (rpc as unknown as { ResourceProviderService: ServiceDefinition })
    .ResourceProviderService;
  const implementation: UntypedServiceImplementation = {};
  for (const name of Object.keys(definition))
    implementation[name] = (call: ServerUnaryCall<unknown, unknown>, answer: sendUnaryData<unknown>) => {
      const handler = handlers[name];
      if (!handler) return answer({ code: status.UNIMPLEMENTED, details: `${name} is not served` });
      const run = async () => handler(call.request as never);
      run().then(
        (response) => answer(null, response),
        (error: unknown) => answer(grpcFailure(error)),
      );
    };
  const server = new Server({ "grpc.max_receive_message_length": -1 });
  server.addService(definition, implementation);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return {
    port,
    close: () => {
      server.forceShutdown();
      clients.close();
    },
  };
}

if (import.meta.main) {
  const gatewayUrl = process.env.SLUICE_SANDBOX_URL;
  if (gatewayUrl === undefined)
    throw new Error("SLUICE_SANDBOX_URL: expected the address of a running sandbox, found none");
  const { port } = await serveProvider({
    gatewayUrl,
    region: process.env.SLUICE_SANDBOX_REGION ?? "eu-west-1",
    accountId: process.env.SLUICE_SANDBOX_ACCOUNT ?? "000000000000",
  });
  process.stdout.write(`${port}\n`);
}
