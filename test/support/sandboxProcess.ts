/** A sandbox in a process of its own, for tests of what is left behind when that process ends. Prints one JSON line when it is up. */
import { startTestSandbox } from "./sandbox.ts";

const sandbox = await startTestSandbox({ ministack: true, handleSignals: true });
// A child with a child of its own, as a build has.
await sandbox.kernel.spawn("/bin/sh", ["-c", "sleep 300 & sleep 300"], { name: "build" });
const pids = sandbox.kernel.children.list().map((child) => child.pid);
process.stdout.write(`${JSON.stringify({ url: sandbox.url, pids })}\n`);
if (process.argv[2] === "crash")
  setTimeout(() => {
    throw new Error("crash");
  }, 50);
// Signals end the wait.
setInterval(() => undefined, 1_000);
