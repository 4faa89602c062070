/** `npm start`: plays the whole loop in the sandbox, then writes the report. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { ROOT } from "../../build/index.ts";
import { renderReport } from "../report/report.ts";
import { loadSample } from "../story/calls.ts";
import { judgeChapters } from "../story/chapters.ts";
import { collectFacts } from "../story/facts.ts";
import { playStory } from "../story/story.ts";
import { createTerminal } from "../story/terminal.ts";
import { createWorld, loadSpec, MODEL, type World } from "../story/world.ts";

interface DemoOptions {
  readonly port: number;
  readonly state: string;
  readonly report: string;
  readonly seed: number;
  readonly windows?: number;
  readonly speed?: number;
  readonly keepRunning: boolean;
  readonly clock: "wall" | "manual";
  readonly keepState: boolean;
}

const whole = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError("expected a whole number");
  return value;
};
const positive = (text: string): number => {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("expected a number above 0");
  return value;
};

export function register(program: Command): void {
  program
    .command("demo")
    .description(
      "plays the whole loop on this machine: first release, service, drift, retraining, a bad release; then writes a report",
    )
    .option("--port <number>", "port of the sandbox on 127.0.0.1; 0 takes a free one", whole, 0)
    .option("--state <folder>", "where the sandbox keeps its state", join(ROOT, ".sluice", "demo"))
    .option("--report <file>", "where the report goes", join(ROOT, ".sluice", "report.html"))
    .option("--seed <number>", "the same seed tells the same story", whole, 1)
    .option(
      "--windows <number>",
      "play only so many windows of traffic (a short story cannot show everything and ends with status 1)",
      whole,
    )
    .option(
      "--speed <factor>",
      "virtual seconds a real second at most; default: as fast as the machine can",
      positive,
    )
    .option("--keep-running", "leave the sandbox running after the story, until Ctrl-C", false)
    .addOption(
      new Option(
        "--clock <kind>",
        "with --keep-running: the wall clock's time, or time that only POST /_sluice/clock/advance moves",
      )
        .choices(["wall", "manual"])
        .default("wall"),
    )
    .option("--keep-state", "leave the sandbox's state on disk", false)
    .action(run);
}

async function run(options: DemoOptions): Promise<void> {
  const terminal = createTerminal();
  const began = performance.now();
  const state = resolve(options.state);
  rmSync(state, { recursive: true, force: true });
  const modelFolder = join(ROOT, "models", MODEL);
  const spec = loadSpec(modelFolder);
  const data = loadSample(
    modelFolder,
    spec.features.map((feature) => feature.name),
  );
  terminal.part(
    `Sluice: the whole loop on this machine (${data.historyRows} calls of history, ${data.live.length} to come)`,
  );
  let world: World | undefined;
  try {
    world = await createWorld(
      { port: options.port, stateDirectory: state, seed: options.seed, terminal },
      async ({ putObject }, bucket) => {
        await putObject(bucket, `raw/${MODEL}/2008-05_2008-08.csv`, data.historyCsv);
      },
    );
    world.say(`sandbox ready at ${world.sandbox.url}`);
    const played = await playStory(world, data, { windows: options.windows, speed: options.speed });
    const facts = await collectFacts(world, played);
    const chapters = judgeChapters(facts);
    const report = resolve(options.report);
    mkdirSync(dirname(report), { recursive: true });
    writeFileSync(report, renderReport(facts, chapters));
    terminal.part("What came out");
    for (const [index, chapter] of chapters.entries()) {
      console.log(`  ${chapter.ok ? "ok    " : "FAILED"} ${index + 1}. ${chapter.title}`);
      for (const finding of chapter.findings.filter((one) => !one.ok))
        console.log(`           ${finding.text}`);
    }
    console.log(
      `\n  report: ${report}\n  ${Math.round((performance.now() - began) / 1000)} s on this machine for ${((world.now() - Date.UTC(2026, 0, 5, 6)) / 86_400_000).toFixed(1)} virtual days`,
    );
    process.exitCode = chapters.every((chapter) => chapter.ok) ? 0 : 1;
    if (options.keepRunning) await keepRunning(world, options.clock);
  } finally {
    terminal.end();
    await world?.sandbox.stop();
    if (!options.keepState) rmSync(state, { recursive: true, force: true });
  }
}

async function keepRunning(world: World, clock: DemoOptions["clock"]): Promise<void> {
  if (clock === "wall") world.sandbox.clock.followWallClock();
  console.log(
    `\n  the sandbox runs at ${world.sandbox.url} (AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION=eu-west-1); Ctrl-C ends it`,
  );
  await new Promise<void>((ended) => process.once("SIGINT", () => ended()));
}
