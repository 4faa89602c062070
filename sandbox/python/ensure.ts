import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
const oldest = [3, 10] as const;
const candidates = ["python3", "python3.13", "python3.12", "python3.11", "python3.10", "python"];
const lockPatienceMilliseconds = 15 * 60_000;
/** A lock whose owner does not touch it any more was left by a process that was killed. */
const abandonedLockMilliseconds = 15_000;

export interface EnsureOptions {
  /** Folder that outlives runs, for example `.sluice/cache`. */
  readonly cacheDirectory: string;
  readonly log: (line: string) => void;
  /** Another environment than the sandbox's own: its name in the folder, and its requirements file. */
  readonly other?: { readonly name: string; readonly requirements: string };
}

/**
 * Makes (or finds) the virtual environment that the sandbox runs in and returns its interpreter. The environment is named after the
 * requirements and the Python version, is complete or absent (it is marked only after everything is installed), needs no network
 * once it exists, and is made once when several processes ask at the same time.
 * @throws Error when no Python >= 3.10 is on PATH, or pip fails (with its output)
 */
export async function ensurePython(options: EnsureOptions): Promise<string> {
  const { name, requirements } = options.other ?? {
    name: "python",
    requirements: path.join(import.meta.dirname, "requirements.txt"),
  };
  const base = await findPython();
  const digest = createHash("sha256")
    .update(await readFile(requirements))
    .update(base.version)
    .digest("hex")
    .slice(0, 12);
  const folder = path.join(options.cacheDirectory, `${name}-${digest}`);
  const interpreter = path.join(folder, "bin", "python");
  if (existsSync(path.join(folder, "complete"))) return interpreter;
  await mkdir(options.cacheDirectory, { recursive: true });
  const release = await lock(`${folder}.lock`);
  try {
    if (existsSync(path.join(folder, "complete"))) return interpreter;
    await make(folder, base.path, requirements, options.log);
    return interpreter;
  } finally {
    await release();
  }
}

async function make(
  folder: string,
  python: string,
  requirements: string,
  log: (line: string) => void,
): Promise<void> {
  if (existsSync(folder)) {
    log("python: the environment was left half made; making it again");
    const doomed = `${folder}.old-${process.pid}`;
    await rename(folder, doomed);
    await rm(doomed, { recursive: true, force: true });
  }
  log(`python: making the virtual environment ${path.basename(folder)} (once; about 200 MB)`);
  await attempt(
    python,
    ["-m", "venv", folder],
    "could not make a virtual environment (on Debian: install python3-venv)",
  );
  const pip = [
    "-m",
    "pip",
    "--disable-pip-version-check",
    "--no-input",
    "install",
    "--quiet",
    "--requirement",
    requirements,
  ];
  await attempt(path.join(folder, "bin", "python"), pip, "could not install the Python packages");
  await writeFile(path.join(folder, "complete"), "");
}

async function attempt(command: string, args: readonly string[], complaint: string): Promise<void> {
  try {
    await run(command, args, { maxBuffer: 2 ** 24 });
  } catch (error) {
    const output = (error as { stderr?: string }).stderr ?? (error as Error).message;
    throw new Error(`python: ${complaint}: ${command} ${args.join(" ")}\n${output.trim()}`);
  }
}

async function findPython(): Promise<{ path: string; version: string }> {
  const seen: string[] = [];
  for (const name of candidates) {
    const found = await versionOf(name);
    if (!found) continue;
    seen.push(`${name} ${found.version}`);
    const [major = 0, minor = 0] = found.version.split(".").map(Number);
    if (major === oldest[0] && minor >= oldest[1]) return found;
  }
  throw new Error(
    `python: expected Python ${oldest.join(".")} or newer on PATH, found ${seen.join(", ") || "none"}; install it and try again`,
  );
}

async function versionOf(name: string): Promise<{ path: string; version: string } | undefined> {
  const script = "import sys; print(sys.executable); print('%d.%d.%d' % sys.version_info[:3])";
  try {
    const { stdout } = await run(name, ["-c", script]);
    const [executable, version] = stdout.trim().split("\n");
    return executable && version ? { path: executable, version } : undefined;
  } catch {
    // Not on PATH, or not a Python that runs; the next candidate is tried.
    return undefined;
  }
}

/** An exclusive lock file whose owner keeps touching it; one that went stale is taken over. */
async function lock(file: string): Promise<() => Promise<void>> {
  const deadline = Date.now() + lockPatienceMilliseconds;
  for (;;) {
    const handle = await open(file, "wx").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") return undefined;
      throw error;
    });
    if (handle) {
      const beat = setInterval(() => void handle.utimes(new Date(), new Date()), 2_000);
      return async () => {
        clearInterval(beat);
        await handle.close();
        await rm(file, { force: true });
      };
    }
    const age = await stat(file).then(
      (found) => Date.now() - found.mtimeMs,
      () => 0,
    );
    if (age > abandonedLockMilliseconds) await rm(file, { force: true });
    if (Date.now() > deadline)
      throw new Error(
        `python: ${file} has been held for ${lockPatienceMilliseconds / 60_000} minutes; delete it if nobody is installing`,
      );
    await sleep(200);
  }
}

/** Removes environments that no current requirements name. */
export async function pruneEnvironments(cacheDirectory: string, keep: string): Promise<void> {
  const kept = path.basename(path.dirname(path.dirname(keep)));
  const entries = await readdir(cacheDirectory);
  const stale = entries.filter((name) => /^python-[0-9a-f]{12}$/.test(name) && name !== kept);
  await Promise.all(
    stale.map((name) => rm(path.join(cacheDirectory, name), { recursive: true, force: true })),
  );
}
