import { ServiceError } from "../../kernel/types.ts";

export interface InputSettings {
  readonly Input?: string;
  readonly InputPath?: string;
  readonly InputTransformer?: {
    readonly InputPathsMap?: Readonly<Record<string, string>>;
    readonly InputTemplate: string;
  };
}

const reservedVariables: Readonly<
  Record<string, (event: Record<string, unknown>, rule: { arn: string; name: string }) => unknown>
> = {
  "aws.events.rule-arn": (_event, rule) => rule.arn,
  "aws.events.rule-name": (_event, rule) => rule.name,
  "aws.events.event.ingestion-time": (event) => event.time,
  "aws.events.event": (event) => event,
  "aws.events.event.json": (event) => event,
};

/** What a target gets of an event: the event, a constant, a part, or a template filled with parts. */
export function transform(
  settings: InputSettings,
  event: Record<string, unknown>,
  rule: { arn: string; name: string },
): string {
  if (settings.Input !== undefined) return settings.Input;
  if (settings.InputPath !== undefined) return JSON.stringify(select(event, settings.InputPath) ?? {});
  if (!settings.InputTransformer) return JSON.stringify(event);
  const { InputPathsMap = {}, InputTemplate } = settings.InputTransformer;
  const lookUp = (name: string): unknown => {
    const reserved = reservedVariables[name];
    return reserved ? reserved(event, rule) : select(event, InputPathsMap[name] ?? "");
  };
  return fillTemplate(InputTemplate, lookUp);
}

/** Inside a JSON string a value is written as text, elsewhere as JSON; a template that is no JSON is a JSON string after filling. */
function fillTemplate(template: string, lookUp: (name: string) => unknown): string {
  let inString = false;
  let result = "";
  for (let index = 0; index < template.length; index++) {
    const char = template[index] as string;
    const variable = char === "<" ? /^<([A-Za-z0-9_.-]+)>/.exec(template.slice(index)) : null;
    if (variable) {
      const value = lookUp(variable[1] as string);
      result += inString ? asText(value) : (JSON.stringify(value) ?? '""');
      index += variable[0].length - 1;
      continue;
    }
    if (char === "\\") {
      result += char + (template[++index] ?? "");
      continue;
    }
    if (char === '"') inString = !inString;
    result += char;
  }
  return result;
}

function asText(value: unknown): string {
  if (value === undefined) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return JSON.stringify(text).slice(1, -1);
}

const pathPattern = /^\$((\.[A-Za-z0-9_-]+)|(\['[^']+'\])|(\["[^"]+"\])|(\[\d+\]))*$/;

/** A JSON path of names and indices. */
function select(event: unknown, path: string): unknown {
  const parts = path.match(/\.([A-Za-z0-9_-]+)|\['([^']+)'\]|\["([^"]+)"\]|\[(\d+)\]/g) ?? [];
  let value: unknown = path.startsWith("$") ? event : undefined;
  for (const part of parts) {
    const name = part.replace(/^\.|^\[['"]?|['"]?\]$/g, "");
    value =
      typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
  }
  return value;
}

/** @throws ServiceError listing what is wrong with a target's input settings */
export function checkInputSettings(settings: InputSettings): void {
  const given = [settings.Input, settings.InputPath, settings.InputTransformer].filter(
    (each) => each !== undefined,
  );
  const problems: string[] = [];
  if (given.length > 1) problems.push("Only one of Input, InputPath, or InputTransformer must be provided");
  if (settings.Input !== undefined && !isJson(settings.Input))
    problems.push(`Input: expected JSON, got ${JSON.stringify(settings.Input)}`);
  const paths = [
    ...(settings.InputPath === undefined ? [] : [settings.InputPath]),
    ...Object.values(settings.InputTransformer?.InputPathsMap ?? {}),
  ];
  for (const path of paths)
    if (!pathPattern.test(path))
      problems.push(`the sandbox does not evaluate JSON path ${JSON.stringify(path)}`);
  const names = [...(settings.InputTransformer?.InputTemplate ?? "").matchAll(/<([A-Za-z0-9_.-]+)>/g)].map(
    (match) => match[1] as string,
  );
  const unknown = names.filter(
    (name) => !(name in (settings.InputTransformer?.InputPathsMap ?? {})) && !(name in reservedVariables),
  );
  if (unknown.length > 0)
    problems.push(`InputTemplate refers to ${unknown.join(", ")}, which InputPathsMap does not define`);
  if (problems.length > 0) throw new ServiceError("ValidationException", problems.join("; "));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // The caller reports it.
    return false;
  }
}
