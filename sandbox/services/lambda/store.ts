import type { SandboxKernel } from "../../kernel/kernel.ts";
import { ServiceError } from "../../kernel/types.ts";
import type { LambdaFunction } from "./functions.ts";

/** The account's functions, found by name, partial ARN or ARN. */
export class FunctionStore {
  readonly #kernel: SandboxKernel;
  readonly #functions = new Map<string, LambdaFunction>();
  /** Told when a function's code or configuration changed, or when it is gone. */
  onChange: (fn: LambdaFunction) => void = () => undefined;

  constructor(kernel: SandboxKernel) {
    this.#kernel = kernel;
  }

  arn(name: string): string {
    return `arn:aws:lambda:${this.#kernel.region}:${this.#kernel.accountId}:function:${name}`;
  }

  nameOf(reference: string): string {
    return /(?:^|:)function:([^:]+)/.exec(reference)?.[1] ?? (reference.split(":")[0] as string);
  }

  has(reference: string): boolean {
    return this.#functions.has(this.nameOf(reference));
  }

  /** @throws ServiceError when there is no such function, or the qualifier is not `$LATEST` */
  get(reference: string, qualifier?: string): LambdaFunction {
    const name = this.nameOf(reference);
    const inArn = /(?:^|:)function:[^:]+:(.+)$/.exec(reference)?.[1];
    const asked =
      qualifier ?? inArn ?? (reference.includes(":function:") ? undefined : reference.split(":")[1]);
    const fn = this.#functions.get(name);
    const missing = asked !== undefined && asked !== "$LATEST" ? `:${asked}` : "";
    if (!fn || missing !== "")
      throw new ServiceError("ResourceNotFoundException", `Function not found: ${this.arn(name)}${missing}`, {
        status: 404,
        fields: { Type: "User" },
      });
    return fn;
  }

  all(): readonly LambdaFunction[] {
    return [...this.#functions.values()];
  }

  add(fn: LambdaFunction): void {
    this.#functions.set(fn.name, fn);
  }

  change(fn: LambdaFunction, changes: Partial<LambdaFunction>): void {
    Object.assign(fn, changes, { revision: this.#kernel.uuid(), modified: this.#kernel.clock.now() });
    this.onChange(fn);
  }

  delete(fn: LambdaFunction): void {
    this.#functions.delete(fn.name);
    fn.revision = "deleted";
    this.onChange(fn);
  }
}
