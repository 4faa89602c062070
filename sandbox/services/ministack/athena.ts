/** Which workgroup a query belongs to: AWS checks permissions on it where a call names the query alone. */
export class Queries {
  readonly #workgroups = new Map<string, string>();

  observe(action: string, input: Readonly<Record<string, unknown>>, body: unknown): void {
    if (action !== "StartQueryExecution" || !(body instanceof Uint8Array)) return;
    const { QueryExecutionId } = JSON.parse(Buffer.from(body).toString("utf8")) as {
      QueryExecutionId: string;
    };
    this.#workgroups.set(QueryExecutionId, String(input.WorkGroup ?? "primary"));
  }

  workgroup(input: Readonly<Record<string, unknown>>): string | undefined {
    if (typeof input.WorkGroup === "string") return input.WorkGroup;
    return typeof input.QueryExecutionId === "string"
      ? this.#workgroups.get(input.QueryExecutionId)
      : undefined;
  }
}
