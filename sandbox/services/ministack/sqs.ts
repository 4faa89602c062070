import type { SandboxKernel } from "../../kernel/kernel.ts";
import type { WireResponse } from "../../kernel/protocol/wire.ts";

/** Queue policies as they pass by. */
export class QueuePolicies {
  readonly #kernel: SandboxKernel;
  readonly #policies = new Map<string, string>();

  constructor(kernel: SandboxKernel) {
    this.#kernel = kernel;
  }

  policy(arn: string): string | undefined {
    return this.#policies.get(arn);
  }

  observe(action: string, input: Record<string, unknown>): void {
    const attributes = input.Attributes as Record<string, string> | undefined;
    if (action === "CreateQueue") this.#set(String(input.QueueName), attributes?.Policy);
    else if (action === "SetQueueAttributes") this.#set(queueName(input), attributes?.Policy);
    else if (action === "DeleteQueue") this.#policies.delete(queueArn(this.#kernel, queueName(input)));
  }

  #set(name: string, policy: string | undefined): void {
    if (policy === undefined) return;
    const arn = queueArn(this.#kernel, name);
    if (policy === "") this.#policies.delete(arn);
    else this.#policies.set(arn, policy);
  }
}

export function queueName(input: Record<string, unknown>): string {
  return (
    String(input.QueueUrl ?? input.QueueName ?? "")
      .split("/")
      .at(-1) ?? ""
  );
}

export function queueArn(kernel: SandboxKernel, name: string): string {
  return `arn:aws:sqs:${kernel.region}:${kernel.accountId}:${name}`;
}

const pollMilliseconds = 1_000;

/**
 * A long poll in virtual time: asks ministack without waiting, gives the clock back between attempts (one virtual second), and ends
 * when a message came or the wait is over.
 */
export async function receiveWithPatience(
  kernel: SandboxKernel,
  input: Record<string, unknown>,
  park: <T>(wait: () => Promise<T>) => Promise<T>,
  exchange: (body: Uint8Array) => Promise<WireResponse>,
): Promise<WireResponse> {
  const deadline = kernel.clock.now() + Number(input.WaitTimeSeconds ?? 0) * 1000;
  const body = Buffer.from(JSON.stringify({ ...input, WaitTimeSeconds: 0 }));
  for (;;) {
    const response = await exchange(body);
    const empty = response.status === 200 && !Buffer.from(response.body as Uint8Array).includes('"Messages"');
    const remaining = deadline - kernel.clock.now();
    if (!empty || remaining <= 0) return response;
    await park(() => kernel.clock.sleep(Math.min(pollMilliseconds, remaining)));
  }
}
