/** Puts the stacks of a project through the real Pulumi engine, against a sandbox. */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import {
  LocalWorkspace,
  type ProjectSettings,
  PulumiCommand,
  type Stack,
} from "@pulumi/pulumi/automation/index.js";
import { readStackConfig } from "../provider/config.ts";

const PROJECT = "sluice";

export interface EngineOptions {
  /** Folder of the project: holds `stacks/`. */
  readonly root: string;
  /** Folder whose `bin/pulumi` is the command. */
  readonly pulumiRoot: string;
  readonly gatewayUrl: string;
  readonly accountId?: string;
  /** State of the engine: its backend and its home. */
  readonly stateDirectory: string;
  readonly overrides?: Readonly<Record<string, string>>;
}

/** A stack of the engine, its program and settings in place. */
export async function selectStack(stack: string, options: EngineOptions): Promise<Stack> {
  const config = readStackConfig(options.root, stack);
  for (const [key, value] of Object.entries(options.overrides ?? {})) if (key in config) config[key] = value;
  const folders = Object.fromEntries(
    ["backend", "home", "work"].map((name) => [name, path.join(options.stateDirectory, "engine", name)]),
  ) as Record<"backend" | "home" | "work", string>;
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
  const module = pathToFileURL(path.join(options.root, "stacks", "program.ts")).href;
  const selected = await LocalWorkspace.createOrSelectStack(
    {
      stackName: stack,
      projectName: PROJECT,
      program: async () => {
        const { program } = (await import(module)) as { program(): Promise<Record<string, unknown>> };
        return await program();
      },
    },
    {
      workDir: folders.work,
      pulumiHome: folders.home,
      pulumiCommand: await PulumiCommand.get({ root: options.pulumiRoot }),
      projectSettings: projectSettings(),
      envVars: {
        PULUMI_BACKEND_URL: pathToFileURL(folders.backend).href,
        PULUMI_CONFIG_PASSPHRASE: "sandbox",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        SLUICE_NODE: process.execPath,
        SLUICE_SANDBOX_URL: options.gatewayUrl,
        SLUICE_SANDBOX_REGION: config["aws:region"] ?? "eu-west-1",
        SLUICE_SANDBOX_ACCOUNT: options.accountId ?? "000000000000",
      },
    },
  );
  await selected.setAllConfig(
    Object.fromEntries(Object.entries(config).map(([key, value]) => [key, { value }])),
  );
  return selected;
}

/**
 * The local provider is named here and never in the project's own `Pulumi.yaml`: there it would hold for every stack, and
 * `pulumi up` on a real account would deploy to this machine.
 */
function projectSettings(): ProjectSettings {
  const plugins = { providers: [{ name: "aws", path: path.join(import.meta.dirname, "plugin") }] };
  return { name: PROJECT, runtime: "nodejs", plugins } as ProjectSettings;
}
