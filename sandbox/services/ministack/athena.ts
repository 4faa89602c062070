/** What Athena checks of its callers: permissions on the workgroup, and on what a statement touches, because Athena acts as its caller. */
import type { SandboxKernel } from "../../kernel/kernel.ts";

type Input = Readonly<Record<string, unknown>>;
interface Permission {
  readonly action: string;
  readonly resource: string;
}

/** Which workgroup a query belongs to: AWS checks permissions on it where a call names the query alone. */
export class Queries {
  readonly #workgroups = new Map<string, string>();

  observe(action: string, input: Input, body: unknown): void {
    if (action !== "StartQueryExecution" || !(body instanceof Uint8Array)) return;
    const { QueryExecutionId } = JSON.parse(Buffer.from(body).toString("utf8")) as {
      QueryExecutionId: string;
    };
    this.#workgroups.set(QueryExecutionId, String(input.WorkGroup ?? "primary"));
  }

  workgroup(input: Input): string | undefined {
    if (typeof input.WorkGroup === "string") return input.WorkGroup;
    return typeof input.QueryExecutionId === "string"
      ? this.#workgroups.get(input.QueryExecutionId)
      : undefined;
  }
}

const NAME = String.raw`[\`"]?([A-Za-z0-9_]+)[\`"]?`;
const TABLE = String.raw`${NAME}\s*\.\s*${NAME}`;
/** Calls to the catalog that a statement leads to, by its form; the last one is for whatever reads. */
const CATALOG: readonly (readonly [RegExp, readonly string[]])[] = [
  [
    new RegExp(String.raw`^\s*CREATE\s+EXTERNAL\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?${TABLE}`, "i"),
    ["GetTable", "CreateTable"],
  ],
  [new RegExp(String.raw`^\s*DROP\s+TABLE\s+(?:IF\s+EXISTS\s+)?${TABLE}`, "i"), ["GetTable", "DeleteTable"]],
  [new RegExp(String.raw`\b(?:FROM|JOIN)\s+${TABLE}`, "gi"), ["GetTable"]],
];

/** What starting a query asks of IAM: the workgroup, the tables it names, and the place it unloads to. */
export function queryPermissions(
  input: Input,
  queries: Queries,
  kernel: SandboxKernel,
): readonly Permission[] {
  const sql = String(input.QueryString ?? "").replace(/'(?:[^']|'')*'/g, (text) =>
    text.startsWith("'s3://") ? text : "''",
  );
  const arn = (service: string, rest: string): string =>
    `arn:aws:${service}:${kernel.region}:${kernel.accountId}:${rest}`;
  const workgroup = queries.workgroup(input) ?? "primary";
  const found: Permission[] = [
    { action: "athena:StartQueryExecution", resource: arn("athena", `workgroup/${workgroup}`) },
  ];
  const form = CATALOG.find(([pattern]) => sql.match(pattern) !== null);
  const tables = form ? [...sql.matchAll(new RegExp(form[0], "gi"))] : [];
  for (const [, database, table] of tables)
    for (const call of ["GetDatabase", ...(form?.[1] ?? [])]) {
      const of = [
        "catalog",
        `database/${database}`,
        ...(call === "GetDatabase" ? [] : [`table/${database}/${table}`]),
      ];
      for (const resource of of) found.push({ action: `glue:${call}`, resource: arn("glue", resource) });
    }
  const target = /\bTO\s+'s3:\/\/([^']+)'/i.exec(sql)?.[1];
  if (target !== undefined && /^\s*UNLOAD\b/i.test(sql))
    found.push({ action: "s3:PutObject", resource: `arn:aws:s3:::${target}part` });
  return found;
}
