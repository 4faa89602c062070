/** The clients of the endpoint: they send what they are given through AWS's own client. */
import { InvokeEndpointCommand, SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import type { ClientSettings } from "./clients.ts";

export interface Request {
  readonly inferenceId: string;
  /** One row of CSV. */
  readonly body: string;
}

/** The score, or the error's name: what an endpoint refuses is an answer, too. */
export type Reply = { readonly score: number } | { readonly error: string };

/** Sends all requests at once; replies in their order. */
export type SendRequests = (requests: readonly Request[]) => Promise<readonly Reply[]>;

export function createCallers(settings: ClientSettings, endpointName: string): SendRequests {
  const client = new SageMakerRuntimeClient(settings);
  const send = async ({ inferenceId, body }: Request): Promise<Reply> => {
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
  };
  return (requests) => Promise.all(requests.map(send));
}
