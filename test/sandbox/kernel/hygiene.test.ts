import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { Children } from "../../../sandbox/kernel/children/index.ts";
import { startTestSandbox, testPython } from "../../support/sandbox.ts";

const started: ChildProcess[] = [];
after(() => {
  for (const child of started) child.kill("SIGKILL");
});

interface Report {
  readonly url: string;
  readonly pids: readonly number[];
}

async function startProcess(...args: string[]): Promise<{ child: ChildProcess; report: Report }> {
  const script = path.join(import.meta.dirname, "../../support/sandboxProcess.ts");
  const env = { ...process.env, SLUICE_PYTHON: await testPython() };
  const child = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "pipe", "ignore"], env });
  started.push(child);
  const report = await new Promise<Report>((resolve, reject) => {
    child.stdout?.once("data", (chunk: Buffer) => resolve(JSON.parse(chunk.toString("utf8")) as Report));
    child.once("exit", (code) => reject(new Error(`ended with ${code} before it was up`)));
  });
  return { child, report };
}

async function groupsAlive(pids: readonly number[]): Promise<readonly number[]> {
  const { stdout } = await promisify(execFile)("ps", ["-eo", "pgid=,stat="]);
  const lines = stdout.split("\n").map((line) => line.trim().split(/\s+/));
  const alive = new Set(lines.filter(([, state]) => !state?.startsWith("Z")).map(([group]) => Number(group)));
  return pids.filter((pid) => alive.has(pid));
}

async function assertGone(report: Report): Promise<void> {
  for (let attempt = 0; attempt < 50 && (await groupsAlive(report.pids)).length > 0; attempt++)
    await sleep(100);
  assert.deepEqual(await groupsAlive(report.pids), [], "processes are left");
  await assert.rejects(fetch(`${report.url}/_sluice/ready`), "the port still answers");
}

for (const signal of ["SIGINT", "SIGTERM", "SIGKILL"] as const)
  test(`nothing is left behind by ${signal}`, async () => {
    const { child, report } = await startProcess();
    assert.equal((await groupsAlive(report.pids)).length, 2);

    child.kill(signal);

    await assertGone(report);
  });

test("nothing is left behind by an uncaught exception", async () => {
  const { report } = await startProcess("crash");

  await assertGone(report);
});

test("stop ends every process and the port, twice without harm", async () => {
  const sandbox = await startTestSandbox({ ministack: true });
  const report = { url: sandbox.url, pids: sandbox.kernel.children.list().map((child) => child.pid) };

  await Promise.all([sandbox.stop(), sandbox.stop()]);

  await assertGone(report);
});

test("a start that fails says why and leaves nothing", async () => {
  const first = await startTestSandbox();
  const port = Number(new URL(first.url).port);

  await assert.rejects(startTestSandbox({ port, ministack: true }), /EADDRINUSE/);

  await first.stop();
});

test("what a child leaves running in its group ends with it", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "sluice-children-"));
  const children = new Children(folder);
  const file = path.join(folder, "pid");
  const child = await children.spawn("/bin/sh", ["-c", `sleep 300 & echo $! > ${file}`], {
    name: "leaver",
  });
  await new Promise<void>((resolve) => void child.once("exit", () => resolve()));
  const left = Number(await readFile(file, "utf8"));

  await sleep(100);

  const state = await readFile(`/proc/${left}/stat`, "utf8").catch(() => "gone");
  assert.ok(state === "gone" || state.includes(") Z "), state);
  await children.stop();
  rmSync(folder, { recursive: true, force: true });
});
