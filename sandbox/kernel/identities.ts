import { accountOf } from "./accounts.ts";
import type { RequestPrincipal } from "./iam/policy.ts";
import type { Caller } from "./types.ts";

/** Who makes a call, for IAM and for the record. */
export interface Identity {
  readonly caller: Caller;
  readonly principal: RequestPrincipal;
  /** ARN of the resource for which a service acts (`aws:SourceArn`). */
  readonly sourceArn?: string;
  /** The sandbox's own bookkeeping: not checked, not recorded. */
  readonly unrecorded?: boolean;
  readonly accessKeyId?: string;
}

interface Session {
  readonly identity: Identity;
  /** Gives back and takes again the work token of the process that owns the credentials. */
  park?: () => () => void;
  kill?: () => void;
}

/** Access keys and the principals behind them. */
export class Identities {
  readonly #accountId: string;
  readonly #keyPrefix: string;
  readonly #sessions = new Map<string, Session>();
  #issued = 0;

  /**
   * @param administratorKeys static access key ids that act as the account's administrator
   * @param place of the account among those of its sandbox, 0 to 9: no access key is issued by two
   */
  constructor(accountId: string, administratorKeys: readonly string[], place = 0) {
    this.#accountId = accountId;
    this.#keyPrefix = place === 0 ? "ASIASLUICE" : `ASIASLUIC${place}`;
    for (const key of administratorKeys) this.#sessions.set(key, { identity: this.administrator(key) });
  }

  administrator(accessKeyId?: string): Identity {
    const arn = `arn:aws:iam::${this.#accountId}:root`;
    return {
      caller: { accountId: this.#accountId, principalArn: arn },
      principal: { arn, accountId: this.#accountId },
      ...(accessKeyId === undefined ? {} : { accessKeyId }),
    };
  }

  sandbox(): Identity {
    return { ...this.administrator(), unrecorded: true };
  }

  role(roleArn: string, via?: string): Identity {
    const accountId = accountOf(roleArn) ?? this.#accountId;
    return {
      caller: { accountId, principalArn: roleArn, ...(via === undefined ? {} : { via }) },
      principal: { arn: roleArn, accountId },
    };
  }

  service(service: string, sourceArn: string): Identity {
    return {
      caller: { accountId: this.#accountId, principalArn: service, via: service },
      principal: { service, accountId: this.#accountId },
      sourceArn,
    };
  }

  find(accessKeyId: string): Identity | undefined {
    return this.#sessions.get(accessKeyId)?.identity;
  }

  /** Makes temporary credentials of a role. They do not expire in virtual time. */
  issue(roleArn: string): { accessKeyId: string; secretAccessKey: string; sessionToken: string } {
    const accessKeyId = `${this.#keyPrefix}${String(++this.#issued).padStart(10, "0")}`;
    this.#sessions.set(accessKeyId, { identity: { ...this.role(roleArn), accessKeyId } });
    return {
      accessKeyId,
      secretAccessKey: `secret-of-${accessKeyId}`,
      sessionToken: `token-of-${accessKeyId}`,
    };
  }

  /** Ties credentials to the process that holds them, see {@link Session}. */
  bind(accessKeyId: string, hooks: { park: () => () => void; kill: () => void }): void {
    const session = this.#sessions.get(accessKeyId);
    if (session) Object.assign(session, hooks);
  }

  hooks(accessKeyId: string | undefined): { park?: () => () => void; kill?: () => void } {
    return (accessKeyId === undefined ? undefined : this.#sessions.get(accessKeyId)) ?? {};
  }

  /** Credentials of an ended process are worthless. */
  revoke(accessKeyId: string): void {
    this.#sessions.delete(accessKeyId);
  }
}
