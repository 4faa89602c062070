/** SDK clients of one gateway, and what definitions need beyond them. */
import { strictSerialization } from "./strictSerialization.ts";

export interface ClientSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly maxAttempts: number;
  /** Only S3 reads it. */
  readonly forcePathStyle: boolean;
}

export interface AwsSettings {
  readonly gatewayUrl: string;
  readonly region: string;
  readonly accountId: string;
  /** Lets virtual seconds pass; without it a waiting provider would stand for ever. */
  readonly waitVirtual: (seconds: number) => Promise<void>;
}

interface Client {
  destroy(): void;
  readonly middlewareStack: unknown;
}
interface MiddlewareStack {
  add(middleware: typeof strictSerialization, options: { step: "build" }): void;
}

/** Makes one client per class, on first use: no more modules are loaded than a stack needs. */
export class AwsClients {
  readonly region: string;
  readonly accountId: string;
  readonly waitVirtual: (seconds: number) => Promise<void>;
  readonly #settings: ClientSettings;
  readonly #clients = new Map<unknown, { destroy(): void }>();

  constructor(settings: AwsSettings) {
    this.region = settings.region;
    this.accountId = settings.accountId;
    this.waitVirtual = settings.waitVirtual;
    this.#settings = {
      endpoint: settings.gatewayUrl,
      region: settings.region,
      // An account's id is an access key of its administrator.
      credentials: { accessKeyId: settings.accountId, secretAccessKey: "test" },
      maxAttempts: 3,
      forcePathStyle: true,
    };
  }

  client<T extends Client>(type: new (settings: ClientSettings) => T): T {
    const known = this.#clients.get(type);
    if (known) return known as T;
    const made = new type(this.#settings);
    (made.middlewareStack as MiddlewareStack).add(strictSerialization, { step: "build" });
    this.#clients.set(type, made);
    return made;
  }

  arn(service: string, resource: string): string {
    return `arn:aws:${service}:${this.region}:${this.accountId}:${resource}`;
  }

  close(): void {
    for (const client of this.#clients.values()) client.destroy();
    this.#clients.clear();
  }
}

/** Plays virtual time through the gateway's control interface. */
export function waitThroughGateway(gatewayUrl: string): (seconds: number) => Promise<void> {
  return async (seconds) => {
    const response = await fetch(`${gatewayUrl}/_sluice/clock/advance`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ seconds }),
    });
    if (!response.ok)
      throw new Error(
        `POST ${gatewayUrl}/_sluice/clock/advance: expected 200, got ${response.status} ${await response.text()}`,
      );
  };
}
