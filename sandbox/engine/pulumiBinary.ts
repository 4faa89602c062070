/** Finds the `pulumi` command, or builds it once from Go modules. */
import { execFile, spawn } from "node:child_process";
import { accessSync, constants, copyFileSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

/** The newest release whose `pkg/v3` the Go module proxy serves; drives the newer Node SDK of this project without trouble. */
const VERSION = "3.259.0";
const GO_FOLDERS = ["/usr/local/go/bin", "/opt/homebrew/bin", "/usr/lib/go/bin"];
const MODULE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";

/** Where a built command is kept; outside the project, so that a fresh clone finds it. */
export const cacheFolder = (): string =>
  path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), ".cache"), "sluice", `pulumi-v${VERSION}`);

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return false;
  }
};

/**
 * Folder whose `bin/pulumi` is the command: `PULUMI_HOME`, PATH, then the cache. Undefined when there is none.
 */
export function findPulumi(): string | undefined {
  const onPath = (process.env.PATH ?? "")
    .split(path.delimiter)
    .filter((folder) => path.basename(folder) === "bin")
    .map((folder) => path.dirname(folder));
  const roots = [process.env.PULUMI_HOME, ...onPath, cacheFolder()].filter((root) => root !== undefined);
  return roots.find((root) => isExecutable(path.join(root, "bin", "pulumi")));
}

/**
 * Finds or builds the command.
 * @throws Error when there is no Go, or the build fails, with its output
 */
export async function ensurePulumi(log: (line: string) => void): Promise<string> {
  const found = findPulumi();
  if (found) return found;
  const go = findGo();
  if (!go)
    throw new Error(
      "pulumi: found neither in PULUMI_HOME nor on PATH, and no `go` to build it with; install Pulumi, or Go 1.25 or newer",
    );
  log(`pulumi: not found; building v${VERSION} from Go modules once (about 6 minutes, 2 GB of memory)`);
  await build(go);
  return cacheFolder();
}

const findGo = (): string | undefined =>
  [...(process.env.PATH ?? "").split(path.delimiter), ...GO_FOLDERS]
    .map((folder) => path.join(folder, "go"))
    .find(isExecutable);

async function build(go: string): Promise<void> {
  const target = cacheFolder();
  const work = `${target}.building-${process.pid}`;
  mkdirSync(work, { recursive: true });
  try {
    for (const file of ["go.mod", "go.sum"])
      copyFileSync(path.join(import.meta.dirname, "pulumi-cli", file), path.join(work, file));
    const flags = `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${VERSION}`;
    await runGo(go, ["build", "-trimpath", "-ldflags", flags, "-o", "pulumi", MODULE], work);
    mkdirSync(path.join(target, "bin"), { recursive: true });
    // A rename is whole or not at all: nobody ever runs half a command.
    renameSync(path.join(work, "pulumi"), path.join(target, "bin", "pulumi"));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function runGo(go: string, args: readonly string[], folder: string): Promise<void> {
  const child = spawn(go, args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`go build of pulumi failed (${code}):\n${said.slice(-4000)}`)),
    );
  });
}

/** `v3.259.0`, for people. */
export async function pulumiVersion(root: string): Promise<string> {
  const { stdout } = await promisify(execFile)(path.join(root, "bin", "pulumi"), ["version"], {
    env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
  });
  return stdout.trim();
}
