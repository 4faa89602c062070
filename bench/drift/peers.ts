/** The peers that drift is measured beside, in a Python environment of their own, made once and kept in the user's cache. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Shape } from "./columns.ts";

/** Evidently 0.7.23 does not run with pandas 3.1. */
const PACKAGES = ["evidently==0.7.23", "pandas<3.1", "scipy==1.17.1"];
const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "sluice");

export interface Run {
  readonly seconds: number;
  readonly megabytes: number;
  readonly drifted: number;
}

export function must(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: "utf8",
    // Evidently reports its use to a server otherwise.
    env: { ...process.env, DO_NOT_TRACK: "1" },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status === 0) return stdout;
  throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? stderr.slice(-2000)}`);
}

/** Path of a Python that has the peers. Needs Python 3.10 or newer and a package index the first time. */
export function ensurePeers(): string {
  const folder = join(CACHE, `peers-${PACKAGES.join("-").replaceAll(/[^\w.-]/g, "_")}`);
  const python = join(folder, "bin", "python");
  if (existsSync(join(folder, "ready"))) return python;
  console.log(`installing ${PACKAGES.join(", ")} into ${folder}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(CACHE, { recursive: true });
  must("python3", ["-m", "venv", folder]);
  must(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...PACKAGES]);
  mkdirSync(join(folder, "ready"));
  return python;
}

const lastLine = (text: string): Run => JSON.parse(text.trim().split("\n").at(-1) as string) as Run;

export function runPeer(python: string, peer: "evidently" | "scipy", folder: string, shape: Shape): Run {
  const script = new URL("peers.py", import.meta.url).pathname;
  return lastLine(must(python, [script, peer, folder, String(shape.rows), String(shape.columns)]));
}

export function runOurs(folder: string, shape: Shape, threads: number): Run {
  const script = new URL("ours.ts", import.meta.url).pathname;
  return lastLine(
    must(process.execPath, [script, folder, String(shape.rows), String(shape.columns), String(threads)]),
  );
}
