/** Reads what the stack programs share: settings, region, model specifications. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { type ModelSpec, parseModelSpec } from "../contracts/modelSpec.ts";
import { type DeployContext, imageRegistry } from "../infra/shared/context.ts";
import { parseSettings, type StackSettings } from "./config.ts";

export const ROOT = join(import.meta.dirname, "..");
export const BUNDLES = join(ROOT, "dist", "lambdas");
export const DIST = join(ROOT, "dist");

export interface StackContext {
  readonly settings: StackSettings;
  readonly deploy: DeployContext;
  readonly specs: readonly ModelSpec[];
  readonly imageRegistry: string;
}

/** All `sluice:` keys of the stack's settings, unknown ones included, so that a misspelt key is an error. */
function readSettings(): StackSettings {
  const all = pulumi.runtime.allConfig();
  const given: Record<string, unknown> = {};
  for (const [key, text] of Object.entries(all))
    if (key.startsWith("sluice:")) given[key.slice("sluice:".length)] = parse(text) as unknown;
  // An account id keeps its leading zeros: it is text even where YAML would read a number.
  for (const key of ["account"]) if (all[`sluice:${key}`] !== undefined) given[key] = all[`sluice:${key}`];
  return parseSettings(pulumi.getStack(), given);
}

/** Reads `models/<name>/model.yaml` of every model; all problems of all models at once. */
export function readSpecs(names: readonly string[], modelsFolder = join(ROOT, "models")): ModelSpec[] {
  const problems: string[] = [];
  const specs: ModelSpec[] = [];
  for (const name of names) {
    const file = join(modelsFolder, name, "model.yaml");
    if (!existsSync(file)) {
      problems.push(
        `models/${name}/model.yaml: expected this file, because sluice:models lists ${JSON.stringify(name)}; add it or remove the name`,
      );
      continue;
    }
    const parsed = parseModelSpec(parse(readFileSync(file, "utf8")));
    if ("problems" in parsed)
      problems.push(
        ...parsed.problems.map((problem) => `models/${name}/model.yaml: ${problem.path}: ${problem.message}`),
      );
    else if (parsed.spec.name !== name)
      problems.push(
        `models/${name}/model.yaml: name: expected ${JSON.stringify(name)} like its folder, got ${JSON.stringify(parsed.spec.name)}`,
      );
    else specs.push(parsed.spec);
  }
  if (problems.length > 0)
    throw new Error(`models are not valid:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
  return specs;
}

export function stackContext(modelsFolder?: string): StackContext {
  const settings = readSettings();
  const region = new pulumi.Config("aws").require("region");
  return {
    settings,
    specs: readSpecs(settings.models, modelsFolder),
    imageRegistry: settings.imageRegistry ?? imageRegistry(region),
    deploy: {
      prefix: settings.prefix,
      accountId: settings.account,
      region,
      partition: region.startsWith("cn-") ? "aws-cn" : region.startsWith("us-gov-") ? "aws-us-gov" : "aws",
      isProtected: settings.protect,
      logRetentionDays: settings.logRetentionDays,
    },
  };
}
