/**
 * Measures the error rates of the decisions and writes docs/error-rates.md, about an hour and a half of one core. `--scale 0.05` gives a quick
 * look and writes nothing unless `--out` names a file; `--seed` draws other data; `--workers` is the number of threads (the figures do not
 * depend on it); `--journal` names a file from which a run that was stopped goes on.
 */
import { parseArgs } from "node:util";
import { canaryTables } from "./canaryTables.ts";
import { detectorTable } from "./detectorTable.ts";
import { driftTables, otherWorlds } from "./driftTables.ts";
import { Page } from "./page.ts";
import type { Run } from "./run.ts";
import { seasonTable } from "./seasonTable.ts";
import { Workers } from "./workers.ts";

const PUBLISHED = new URL("../../docs/error-rates.md", import.meta.url).pathname;

const { values } = parseArgs({
  options: {
    scale: { type: "string", default: "1" },
    seed: { type: "string", default: "1" },
    workers: { type: "string", default: "2" },
    out: { type: "string" },
    journal: { type: "string" },
  },
});
const scale = Number(values.scale);
const seed = Number(values.seed);
const out = values.out ?? (scale === 1 ? PUBLISHED : undefined);
const page = new Page();
const run: Run = {
  workers: new Workers(Number(values.workers), values.journal),
  seed,
  times: (repetitions) => Math.max(10, Math.round(repetitions * scale)),
};

const options = `${scale === 1 ? "" : ` --scale ${scale}`} --seed ${seed}`;
page.say("# Error rates of the decisions\n");
page.say(
  `Measured by \`node bench/errorRates/index.ts${options}\`; brackets are 95 % bounds of the figure.\n`,
);
await driftTables(page, run);
await seasonTable(page, run);
await canaryTables(page, run);
await detectorTable(page, run);
await otherWorlds(page, run);
await run.workers.close();
if (out !== undefined) page.write(out);
