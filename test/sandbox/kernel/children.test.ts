import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { type Child, Children } from "../../../sandbox/kernel/children/index.ts";

const newChildren = (): Children => new Children(mkdtempSync(path.join(tmpdir(), "sluice-")));
const children = newChildren();
after(() => children.stop());

const piped = ["pipe", "pipe", "pipe", "pipe"] as const;

async function readAll(stream: NodeJS.ReadableStream | null): Promise<string> {
  let text = "";
  for await (const chunk of stream as AsyncIterable<Buffer>) text += chunk.toString("utf8");
  return text;
}

const sh = (script: string, stdio: readonly ("pipe" | "ignore")[] = piped): Promise<Child> =>
  children.spawn("/bin/sh", ["-c", script], { name: "test", stdio });

test("a child reads what is written to it and is read by descriptor", async () => {
  const child = await sh("cat; echo problem >&2; echo mark >&3");
  const outputs = Promise.all(child.stdio.slice(1).map(readAll));

  child.stdin?.end("question\n");

  assert.deepEqual(await outputs, ["question\n", "problem\n", "mark\n"]);
});

test("all output has come when a child is closed, megabytes of it too", async () => {
  const child = await sh("head -c 3000000 /dev/zero");
  let bytes = 0;
  child.stdout?.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  for (const pipe of child.stdio.slice(2)) pipe?.resume();

  const [code, signal] = (await once(child, "close")) as [number | null, string | null];

  assert.deepEqual({ code, signal, bytes }, { code: 0, signal: null, bytes: 3_000_000 });
});

test("the end of a child that lives for no time is not missed", async () => {
  const ends = await Promise.all(
    Array.from({ length: 8 }, async (_, status) => {
      const child = await sh(`exit ${status}`, ["ignore", "ignore", "ignore"]);
      return (await once(child, "exit"))[0] as number;
    }),
  );

  assert.deepEqual(ends, [0, 1, 2, 3, 4, 5, 6, 7]);
});

test("a signal ends the process, and is told", async () => {
  const child = await sh("sleep 300", ["ignore", "ignore", "ignore"]);
  const ended = once(child, "exit");

  child.kill("SIGKILL");

  assert.deepEqual(await ended, [null, "SIGKILL"]);
  child.kill("SIGKILL");
});

test("a child has the folder and the variables it was given, and no others", async () => {
  const child = await children.spawn("/usr/bin/env", [], {
    name: "test",
    cwd: "/",
    env: { ONLY: "this" },
    stdio: ["ignore", "pipe", "ignore"],
  });

  assert.equal(await readAll(child.stdout), "ONLY=this\n");
});

test("a command that is not there is refused by name", async () => {
  await assert.rejects(
    children.spawn("/nowhere/tool", [], { name: "missing tool" }),
    (error: NodeJS.ErrnoException) => error.code === "ENOENT" && /missing tool: .*ENOENT/.test(error.message),
  );
});

test("when the spawner is killed its children end and the next one gets another", async () => {
  const own = newChildren();
  const child = await own.spawn("/bin/sh", ["-c", "sleep 300"], { name: "first" });
  const spawner = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1]);
  const ended = once(child, "exit");

  process.kill(spawner, "SIGKILL");

  assert.deepEqual(await ended, [null, "SIGKILL"]);
  assert.deepEqual(own.list(), []);
  const next = await own.spawn("/bin/sh", ["-c", "exit 7"], { name: "second" });
  assert.deepEqual(await once(next, "exit"), [7, null]);
  await own.stop();
});

test("what is started while the sandbox stops is refused or ended", async () => {
  const own = newChildren();
  const late = own.spawn("/bin/sh", ["-c", "sleep 300"], { name: "late" }).catch(() => null);

  await own.stop();

  const child = await late;
  if (child && !child.hasEnded) await once(child, "exit");
  await assert.rejects(own.spawn("/bin/true", [], { name: "later" }), /later: the sandbox is stopping/);
});
