#!/usr/bin/env node
/** The `sluice` command. */
import { Command } from "commander";
import * as demo from "./commands/demo.ts";

const program = new Command("sluice").description("CI/CD for machine-learning models on AWS").showHelpAfterError();
for (const command of [demo]) command.register(program);

try {
  await program.parseAsync();
} catch (error) {
  console.error(`sluice: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
