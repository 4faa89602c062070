import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { profileFile } from "./support/profiles.ts";
import { EXIT, runDecision } from "./support/run.ts";

export function register(program: Command): void {
  program
    .command("profile")
    .description("write the reference profile of a data file (CSV, JSONL, Parquet, data capture)")
    .requiredOption("--data <file>", "data to profile")
    .requiredOption("--out <file>", "where the profile goes, as JSON")
    .option(
      "--time-column <name>",
      "times of the rows (ISO): the profile then knows hours of the week, in UTC",
    )
    .action((options: { data: string; out: string; timeColumn?: string }) =>
      runDecision(async () => {
        const profile = await profileFile(options.data, options.timeColumn);
        writeFileSync(options.out, `${JSON.stringify(profile)}\n`);
        const features = Object.keys(profile.features).length;
        process.stdout.write(`${options.out}: ${profile.rows} rows, ${features} features\n`);
        return EXIT.good;
      }),
    );
}
