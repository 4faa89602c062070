#!/usr/bin/env node
/** The `sluice` command. */
import { enableCompileCache } from "node:module";
import { Command, CommanderError } from "commander";

interface CommandModule {
  readonly register: (program: Command) => void;
}

const COMMANDS: ReadonlyMap<string, () => Promise<CommandModule>> = new Map([
  ["profile", () => import("./commands/profile.ts")],
  ["drift", () => import("./commands/drift.ts")],
  ["compare", () => import("./commands/compare.ts")],
  ["judge", () => import("./commands/judge.ts")],
  ["validate", () => import("./commands/validate.ts")],
  ["expectations", () => import("./commands/expectations.ts")],
  ["explain", () => import("./commands/explain.ts")],
  ["rollback", () => import("./commands/rollback.ts")],
  ["demo", () => import("./commands/demo.ts")],
]);

// Stripping types of some fifty files takes longer than most commands; Node keeps what comes out, in the folder of temporary files.
enableCompileCache();

const program = new Command("sluice")
  .description("CI/CD for machine-learning models on AWS")
  .showHelpAfterError()
  .exitOverride();
// Only the command that is asked for is loaded: AWS clients and the sandbox cost a check of a file two seconds and 150 MB.
const named = COMMANDS.get(process.argv[2] ?? "");
for (const load of named ? [named] : COMMANDS.values()) (await load()).register(program);

try {
  await program.parseAsync();
} catch (error) {
  // What Commander refuses it has said itself; help and versions are no errors.
  const isSaid = error instanceof CommanderError;
  if (!isSaid) console.error(`sluice: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = isSaid && error.exitCode === 0 ? 0 : 2;
}
