/** The story as a newcomer starts it: how long it takes, and how much memory everything takes that it starts. */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { ROOT } from "../build/index.ts";
import type { Measure } from "./loop.ts";

const SAMPLE_MILLISECONDS = 500;

/** Plays the whole story in a child process. Throws unless it ends with status 0. Linux only: memory comes from `/proc`. */
export async function measureStory(): Promise<Measure[]> {
  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1000;
  const child = spawn(process.execPath, [join(ROOT, "cli", "sluice.ts"), "demo"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<number | null>((resolve) => void child.once("close", resolve));
  let output = "";
  let firstLive = Number.NaN;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    if (Number.isNaN(firstLive) && / prod: release \w+ serves/.test(output)) firstLive = seconds();
  });
  let peak = { bytes: 0, lambdas: 0 };
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  while (!isOver) {
    const now = memoryOf(child.pid as number);
    peak = { bytes: Math.max(peak.bytes, now.bytes), lambdas: Math.max(peak.lambdas, now.lambdas) };
    await setTimeout(SAMPLE_MILLISECONDS);
  }
  const status = await ended;
  if (status !== 0) throw new Error(`the story ended with status ${status}:\n${output.slice(-2000)}`);
  return [
    { what: "story: first canaried model live", value: firstLive, unit: "s", limit: 180 },
    { what: "story: all of it", value: seconds(), unit: "s", limit: 90 },
    {
      what: "story: memory at most, shared pages once",
      value: peak.bytes / 2 ** 20,
      unit: "MB",
      limit: 2048,
    },
    { what: "story: Lambda processes at most", value: peak.lambdas, unit: "", limit: 12 },
  ];
}

/** Proportional set size of a process and everything below it: pages that n of them share count once in all. */
function memoryOf(root: number): { bytes: number; lambdas: number } {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    const parent = Number(/^PPid:\s+(\d+)/m.exec(readText(`/proc/${name}/status`))?.[1] ?? -1);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const all = [root];
  for (let index = 0; index < all.length; index += 1) all.push(...(children.get(all[index] as number) ?? []));
  let kilobytes = 0;
  let lambdas = 0;
  for (const pid of all) {
    kilobytes += Number(/^Pss:\s+(\d+)/m.exec(readText(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
    if (readText(`/proc/${pid}/cmdline`).includes("lambda/runtime/shim.cjs")) lambdas += 1;
  }
  return { bytes: kilobytes * 1024, lambdas };
}

/** Empty for a process that has ended meanwhile. */
function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
