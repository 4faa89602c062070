/** Settings of a stack from `stacks/Pulumi.<stack>.yaml`, as Pulumi hands them to programs. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";

/**
 * Text stays as it is; numbers, booleans, lists and objects become JSON.
 * @throws Error when the file is missing, is not YAML, or has no `config` section
 */
export function readStackConfig(
  root: string,
  stack: string,
  overrides: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const file = path.join(root, "stacks", `Pulumi.${stack}.yaml`);
  const document = parse(readFileSync(file, "utf8")) as { config?: Record<string, unknown> } | null;
  if (typeof document?.config !== "object" || document.config === null)
    throw new Error(`${file}: expected a section "config", found none`);
  const config: Record<string, string> = {};
  for (const [key, value] of Object.entries(document.config)) {
    if (typeof value === "object" && value !== null && "secure" in value)
      throw new Error(
        `${file}: ${key}: secrets are not supported in the sandbox; override it with a plain value`,
      );
    config[key] = typeof value === "string" ? value : JSON.stringify(value);
  }
  return { ...config, ...overrides };
}
