/**
 * `npm run engine -- up|preview|refresh|destroy|test`: the stacks through the real Pulumi engine, in a sandbox of its own or one that
 * is already running.
 */
import { execFile, spawn } from "node:child_process";
import { existsSync, globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs, promisify } from "node:util";
import { startSandbox } from "../index.ts";
import { ensurePython } from "../python/ensure.ts";
import { ensurePulumi, pulumiVersion } from "./pulumiBinary.ts";
import { selectStack } from "./workspace.ts";

const ROOT = path.join(import.meta.dirname, "../..");
const CACHE = path.join(ROOT, ".sluice", "cache");
const ORDER = ["foundation", "staging", "prod", "delivery"] as const;
const OPERATIONS = ["up", "preview", "refresh", "destroy"] as const;

const HELP = `npm run engine -- <command> [options]

Commands
  up        bring the stacks up
  preview   show what up would do; a stack that reads another one's outputs needs that one to be up
  refresh   read what is live into the state
  destroy   take the stacks down, the last one first
  test      run the tests that need the engine

Options
  --stack NAME      all (default), or one of ${ORDER.join(", ")}, dev
  --endpoint URL    gateway of a sandbox that runs; default: a sandbox that lives as long as the command
  --state FOLDER    where the engine keeps its state; default: below .sluice/engine with --endpoint, else a temporary folder
  --protect         keep the protection that the stacks' settings ask for; default: off, so that destroy works
`;

interface Options {
  readonly stacks: readonly string[];
  readonly endpoint: string | undefined;
  readonly state: string | undefined;
  readonly protects: boolean;
}

const say = (line: string) => void process.stdout.write(`${line}\n`);

/** @throws Error that says which argument is wrong, what was expected and what was given */
function parse(args: readonly string[]): { command: string; options: Options } | "help" {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      stack: { type: "string", default: "all" },
      endpoint: { type: "string" },
      state: { type: "string" },
      protect: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const [command, ...more] = positionals;
  if (values.help || command === undefined) return "help";
  const known = [...OPERATIONS, "test"];
  if (!known.includes(command) || more.length > 0)
    throw new Error(
      `command: expected one of ${known.join(", ")}, got ${JSON.stringify(positionals.join(" "))}`,
    );
  if (values.stack !== "all" && !existsSync(path.join(ROOT, "stacks", `Pulumi.${values.stack}.yaml`)))
    throw new Error(`--stack: expected all, ${ORDER.join(", ")} or dev, got ${JSON.stringify(values.stack)}`);
  return {
    command,
    options: {
      stacks: values.stack === "all" ? ORDER : [values.stack],
      endpoint: values.endpoint,
      state: values.state,
      protects: values.protect,
    },
  };
}

type Operation = (typeof OPERATIONS)[number];

async function operate(operation: Operation, options: Options): Promise<void> {
  const pulumiRoot = await ensurePulumi(say);
  say(`pulumi ${await pulumiVersion(pulumiRoot)}`);
  // What the stacks upload; a process of its own, because the sandbox imports nothing of the project.
  await promisify(execFile)(process.execPath, [path.join(ROOT, "build", "index.ts")]);
  await withSandbox(options, async (gatewayUrl, stateDirectory) => {
    const run = async (step: Operation, stack: string) => {
      const overrides: Record<string, string> = options.protects ? {} : { "sluice:protect": "false" };
      const selected = await selectStack(stack, {
        root: ROOT,
        pulumiRoot,
        gatewayUrl,
        stateDirectory,
        overrides,
      });
      say(`\n${step} ${stack}`);
      await selected[step]({ onOutput: (text) => void process.stdout.write(text) });
    };
    const isFresh = options.endpoint === undefined;
    if (isFresh) for (const stack of prerequisites(operation, options.stacks)) await run("up", stack);
    for (const stack of operation === "destroy" ? options.stacks.toReversed() : options.stacks) {
      await run(operation, stack);
      // The stacks that follow read this one's outputs: a preview alone would stop at the next.
      if (operation === "preview" && isFresh && stack !== options.stacks.at(-1)) await run("up", stack);
    }
  });
}

/** In a sandbox of its own there is nothing yet: what the operation needs is brought up before it. */
function prerequisites(operation: Operation, stacks: readonly string[]): readonly string[] {
  const [first = ""] = stacks;
  const before = first === "foundation" ? [] : first === "delivery" ? ORDER.slice(0, 3) : ORDER.slice(0, 1);
  return operation === "refresh" || operation === "destroy" ? [...before, ...stacks] : before;
}

async function withSandbox(
  options: Options,
  run: (gatewayUrl: string, stateDirectory: string) => Promise<void>,
): Promise<void> {
  if (options.endpoint !== undefined) {
    const gatewayUrl = options.endpoint.replace(/\/$/, "");
    return await run(
      gatewayUrl,
      options.state ?? path.join(ROOT, ".sluice", "engine", await identify(gatewayUrl)),
    );
  }
  const folder = mkdtempSync(path.join(tmpdir(), "sluice-engine-"));
  const python = await ensurePython({ cacheDirectory: CACHE, log: say });
  const sandbox = await startSandbox({ python, stateDirectory: folder });
  try {
    await run(sandbox.url, options.state ?? folder);
  } finally {
    await sandbox.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Tells one running sandbox from another: the state of a stack belongs to the sandbox that holds its resources. */
async function identify(gatewayUrl: string): Promise<string> {
  const response = await fetch(`${gatewayUrl}/_sluice/ready`).catch((error: Error) => {
    throw new Error(`--endpoint: expected a running sandbox at ${gatewayUrl}, found none (${error.message})`);
  });
  if (!response.ok)
    throw new Error(`--endpoint: ${gatewayUrl} answered ${response.status}; it is no sandbox`);
  const { pid } = (await response.json()) as { pid: number };
  return `${new URL(gatewayUrl).port}-${pid}`;
}

/** Tests that need the engine are kept out of `npm test`, which must not need anything that is not installed. */
async function test(): Promise<number> {
  await ensurePulumi(say);
  const files = globSync("test/engine/*.engine.ts", { cwd: ROOT });
  const child = spawn(process.execPath, ["--test", ...files], { cwd: ROOT, stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
}

async function main(): Promise<number> {
  const parsed = parse(process.argv.slice(2));
  if (parsed === "help") {
    process.stdout.write(HELP);
    return 0;
  }
  if (parsed.command === "test") return await test();
  await operate(parsed.command as Operation, parsed.options);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
