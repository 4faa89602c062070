#!/usr/bin/env node
/** The `sluice` command. */
import { Command } from "commander";
import * as compare from "./commands/compare.ts";
import * as demo from "./commands/demo.ts";
import * as drift from "./commands/drift.ts";
import * as expectations from "./commands/expectations.ts";
import * as judge from "./commands/judge.ts";
import * as profile from "./commands/profile.ts";
import * as validate from "./commands/validate.ts";

const program = new Command("sluice")
  .description("CI/CD for machine-learning models on AWS")
  .showHelpAfterError();
for (const command of [profile, drift, compare, judge, validate, expectations, demo])
  command.register(program);

try {
  await program.parseAsync();
} catch (error) {
  console.error(`sluice: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
