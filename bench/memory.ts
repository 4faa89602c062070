/** Memory of commands over files of any length: at so many rows and at ten times as many. */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SeededRandom } from "../core/statistics/index.ts";
import type { Measure } from "./loop.ts";

const ROWS = 200_000;
const MOST_MEGABYTES = 300;
const SLUICE = join(import.meta.dirname, "../cli/sluice.ts");

/** Prints the most memory that the process had, once the command is done. */
const WATCH = `data:text/javascript,process.on("exit",()=>process.stderr.write("\\nmaxRSS "+process.resourceUsage().maxRSS));`;

async function writeCsv(file: string, rows: number, seed: number): Promise<void> {
  const random = new SeededRandom(seed);
  const stream = createWriteStream(file);
  stream.write("label,score,value,kind,name\n");
  for (let row = 0; row < rows; row++) {
    const label = random.integer(2);
    const score = 1 / (1 + Math.exp(-(label + random.normal())));
    const line = `${label},${score},${random.normal()},k${random.integer(9)},n${random.integer(rows / 3)}\n`;
    if (!stream.write(line)) await once(stream, "drain");
  }
  stream.end();
  await once(stream, "close");
}

function megabytesOf(args: readonly string[]): number {
  const { status, stderr } = spawnSync(process.execPath, ["--import", WATCH, SLUICE, ...args], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  const found = /maxRSS (\d+)/.exec(stderr);
  if (status === 2 || found === null) throw new Error(`sluice ${args.join(" ")}: ${stderr}`);
  return Number(found[1]) / 1024;
}

/** Commands that need the rows themselves, over two files; `--reference` and `--current` of the others are profiles and counts. */
function commandsOf(first: string, second: string): Record<string, readonly string[]> {
  const compare = ["compare", "--labels", first, "--label-column", "label", "--column", "score"];
  const models = ["--champion", first, "--challenger", second];
  return {
    "compare, ROC AUC": [...compare, ...models, "--metric", "auc"],
    "compare, log loss": [...compare, ...models, "--metric", "log_loss"],
    "drift by Evidently's rules": [
      "drift",
      "--policy",
      "evidently",
      "--reference",
      first,
      "--current",
      second,
    ],
    drift: ["drift", "--reference", first, "--current", second],
  };
}

export async function memoryMeasures(): Promise<Measure[]> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-memory-"));
  try {
    const measures: Measure[] = [];
    for (const rows of [ROWS, 10 * ROWS]) {
      const files = [join(folder, "first.csv"), join(folder, "second.csv")] as const;
      await writeCsv(files[0], rows, 1);
      await writeCsv(files[1], rows, 2);
      for (const [name, args] of Object.entries(commandsOf(...files)))
        measures.push({
          what: `${name}, ${rows.toLocaleString("en")} rows`,
          value: megabytesOf([...args, "--out", join(folder, "out.txt")]),
          unit: "MB",
          limit: MOST_MEGABYTES,
        });
    }
    return measures;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
