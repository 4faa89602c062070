/** Between the provider's camelCase and AWS's PascalCase. */

interface Options {
  /** Keys whose spelling does not follow by capitalising, in the spelling of the provider. */
  readonly rename?: Readonly<Record<string, string>>;
  /** Keys (in the provider's spelling) whose value is a map of free keys: taken over as it is. */
  readonly maps?: readonly string[];
}

function convert(value: unknown, key: (name: string) => string, maps: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((item) => convert(item, key, maps));
  if (typeof value !== "object" || value === null || value instanceof Date || value instanceof Uint8Array)
    return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined && item !== null)
      .map(([name, item]) => [key(name), maps.has(name) ? item : convert(item, key, maps)]),
  );
}

/** `{ modelName: 1 }` to `{ ModelName: 1 }`, deep. The caller states the AWS type: the gateway checks it by AWS's own model. */
export function toAws<T>(value: unknown, { rename = {}, maps = [] }: Options = {}): T {
  const key = (name: string) => rename[name] ?? name.charAt(0).toUpperCase() + name.slice(1);
  return convert(value, key, new Set(maps)) as T;
}

/** The way back; the same options hold. */
export function fromAws<T>(value: unknown, { rename = {}, maps = [] }: Options = {}): T {
  const back = Object.fromEntries(Object.entries(rename).map(([ours, theirs]) => [theirs, ours]));
  const lower = (name: string) => back[name] ?? name.charAt(0).toLowerCase() + name.slice(1);
  return convert(
    value,
    lower,
    new Set(maps.map((name) => rename[name] ?? name.charAt(0).toUpperCase() + name.slice(1))),
  ) as T;
}
