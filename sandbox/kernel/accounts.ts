import { ServiceError } from "./types.ts";

/** Account in an ARN; undefined where it holds none, as those of S3, or is no ARN. */
export function accountOf(arn: string): string | undefined {
  const part = arn.startsWith("arn:") ? arn.split(":")[4] : undefined;
  return part === "" ? undefined : part;
}

/** The accounts of one world by their id; the first one has the clock and the port. */
export class Accounts<Member extends { readonly accountId: string }> {
  readonly #members = new Map<string, Member>();

  /** @throws Error when the account is there already */
  add(member: Member): void {
    if (this.#members.has(member.accountId))
      throw new Error(`account ${member.accountId}: expected an account that is not in this sandbox yet`);
    this.#members.set(member.accountId, member);
  }

  get(accountId: string | undefined): Member | undefined {
    return accountId === undefined ? undefined : this.#members.get(accountId);
  }

  get first(): Member {
    const [first] = this.#members.values();
    if (!first) throw new Error("accounts: expected one at least, found none");
    return first;
  }

  /** All of them, the first one first. */
  list(): readonly Member[] {
    return [...this.#members.values()];
  }

  /**
   * The account that a call is about, where another than the caller's owns what it names.
   * @throws ServiceError for a call about several accounts, which the sandbox does not split
   */
  ownerOf(resources: readonly string[]): Member | undefined {
    const owners = [...new Set(resources.flatMap((arn) => this.get(accountOf(arn)) ?? []))];
    if (owners.length > 1)
      throw new ServiceError(
        "NotImplemented",
        `the Sluice sandbox does not support one call about several accounts (${resources.join(", ")}); make one call for each`,
        { status: 501 },
      );
    return owners[0];
  }
}
