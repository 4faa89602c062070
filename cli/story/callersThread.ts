/** Thread of {@link startCallers}: sends what it is given through AWS's own client. */
import { parentPort, workerData } from "node:worker_threads";
import { InvokeEndpointCommand, SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import type { ClientSettings } from "./clients.ts";

export interface CallersData {
  readonly settings: ClientSettings;
  readonly endpointName: string;
}

export interface Request {
  readonly inferenceId: string;
  /** One row of CSV. */
  readonly body: string;
}

/** The score, or the error's name. */
export type Reply = { readonly score: number } | { readonly error: string };

const { settings, endpointName } = workerData as CallersData;
const client = new SageMakerRuntimeClient(settings);

parentPort?.on("message", async (requests: readonly Request[]) => {
  parentPort?.postMessage(await Promise.all(requests.map(send)));
});

async function send({ inferenceId, body }: Request): Promise<Reply> {
  try {
    const { Body } = await client.send(
      new InvokeEndpointCommand({
        EndpointName: endpointName,
        ContentType: "text/csv",
        Accept: "text/csv",
        InferenceId: inferenceId,
        Body: new TextEncoder().encode(body),
      }),
    );
    return { score: Number(new TextDecoder().decode(Body)) };
  } catch (cause) {
    return { error: cause instanceof Error ? cause.name : String(cause) };
  }
}
