/** Runs commands in this process, over files in a folder of the test file's own. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { Command } from "commander";
import * as compare from "../../cli/commands/compare.ts";
import * as drift from "../../cli/commands/drift.ts";
import * as expectations from "../../cli/commands/expectations.ts";
import * as judge from "../../cli/commands/judge.ts";
import * as profile from "../../cli/commands/profile.ts";
import * as validate from "../../cli/commands/validate.ts";
import { SeededRandom } from "../../core/statistics/index.ts";

export const folder = mkdtempSync(join(tmpdir(), "sluice-commands-"));
after(() => rmSync(folder, { recursive: true }));

export function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

export interface Ran {
  readonly status: number;
  /** The result, by `--out`; empty where the caller names that file itself. */
  readonly out: string;
  /** What went to standard error. */
  readonly err: string;
}

export async function run(...args: string[]): Promise<Ran> {
  const program = new Command().exitOverride();
  for (const command of [profile, drift, compare, judge, validate, expectations]) command.register(program);
  const target = write("out.txt", "");
  const given = args.includes("--out") ? args : [...args, "--out", target];
  let err = "";
  const original = process.stderr.write;
  process.stderr.write = (text: string | Uint8Array): boolean => {
    err += String(text);
    return true;
  };
  try {
    await program.parseAsync(given, { from: "user" });
  } finally {
    process.stderr.write = original;
  }
  const status = Number(process.exitCode ?? 0);
  process.exitCode = 0;
  return { status, out: readFileSync(target, "utf8"), err };
}

/** Rows of a normal number, shifted, and of one of two kinds. */
export function csvOf(rows: number, seed: number, shift = 0): string {
  const random = new SeededRandom(seed);
  const lines = Array.from(
    { length: rows },
    () => `${(random.normal() + shift).toFixed(4)},${["a", "b"][random.integer(2)]}`,
  );
  return `x,kind\n${lines.join("\n")}\n`;
}

/** One captured request as a line of a capture file. */
export function captureOf(endpointInput: unknown): string {
  return `${JSON.stringify({ captureData: { endpointInput }, eventMetadata: { eventId: "1" } })}\n`;
}
