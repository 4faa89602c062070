/** The real `dvc` in a virtual environment of its own, and a DVC project whose remote is a bucket of a sandbox. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { ensurePython } from "../../sandbox/python/ensure.ts";

const run = promisify(execFile);

/** Path of `dvc`; installed from PyPI on first use and kept for later clones. */
async function ensureDvc(): Promise<string> {
  const cache = process.env.XDG_CACHE_HOME ?? path.join(homedir(), ".cache");
  const interpreter = await ensurePython({
    cacheDirectory: path.join(cache, "sluice"),
    log: (line) => process.stderr.write(`${line}\n`),
    other: { name: "dvc", requirements: path.join(import.meta.dirname, "dvc-requirements.txt") },
  });
  return path.join(path.dirname(interpreter), "dvc");
}

export interface DvcProject {
  readonly folder: string;
  /** Runs `dvc` here; rejects with what it printed. */
  dvc(...args: readonly string[]): Promise<string>;
  remove(): void;
}

/** An empty project whose default remote is `url` at a sandbox. */
export async function createDvcProject(url: string, endpoint: string): Promise<DvcProject> {
  const command = await ensureDvc();
  const folder = mkdtempSync(path.join(tmpdir(), "sluice-dvc-"));
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    DVC_NO_ANALYTICS: "1",
    DVC_GLOBAL_CONFIG_DIR: path.join(folder, ".global"),
    DVC_SYSTEM_CONFIG_DIR: path.join(folder, ".system"),
    DVC_SITE_CACHE_DIR: path.join(folder, ".site"),
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_REGION: "eu-west-1",
  };
  const dvc = async (...args: readonly string[]): Promise<string> => {
    try {
      return (await run(command, args, { cwd: folder, env, timeout: 60_000 })).stdout;
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      throw new Error(`dvc ${args.join(" ")}:\n${stdout}\n${stderr}`, { cause: error });
    }
  };
  await dvc("init", "--no-scm", "--quiet");
  await dvc("remote", "add", "--default", "sandbox", url);
  await dvc("remote", "modify", "sandbox", "endpointurl", endpoint);
  return { folder, dvc, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
