/**
 * `node ours.ts <folder> <rows> <columns> <threads>`: the reference's profile and the window against it, all default
 * statistics, a column in memory at a time. Prints seconds, peak memory and how many features drifted, as JSON.
 */
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { buildProfile, compareToReference } from "../../core/drift/index.ts";
import { nameOf, readColumn } from "./columns.ts";

interface Part {
  readonly folder: string;
  readonly rows: number;
  readonly from: number;
  readonly to: number;
  /** How many columns of the part have drifted, one cell a part. */
  readonly drifted: Int32Array<SharedArrayBuffer>;
  readonly index: number;
}

/** The work leaves little garbage behind: a small young generation is enough. */
const YOUNG = { maxYoungGenerationSizeMb: 4 };

function work({ folder, rows, from, to, drifted, index }: Part): void {
  // One column at a time, always in the same place.
  const values = new Float64Array(rows);
  for (let column = from; column < to; column++) {
    const name = nameOf(column);
    const read = (side: "reference" | "current") => ({
      rows,
      columns: { [name]: readColumn(folder, side, column, values) },
    });
    const profile = buildProfile(read("reference"), { [name]: "numeric" });
    const verdict = compareToReference(profile, read("current"));
    drifted[index] = (drifted[index] as number) + verdict.driftedFeatures.length;
  }
}

async function main(): Promise<void> {
  const [folder = "", rows, columns, threads] = process.argv.slice(2);
  const drifted = new Int32Array(new SharedArrayBuffer(4 * Number(threads)));
  const start = performance.now();
  const parts = Array.from({ length: Number(threads) }, (_, index): Part => {
    const edge = (i: number): number => Math.round((i * Number(columns)) / Number(threads));
    return { folder, rows: Number(rows), from: edge(index), to: edge(index + 1), drifted, index };
  });
  if (parts.length === 1) work(parts[0] as Part);
  else
    await Promise.all(
      parts.map(
        (part) =>
          new Promise((resolve, reject) =>
            new Worker(new URL(import.meta.url), { workerData: part, resourceLimits: YOUNG })
              .on("exit", resolve)
              .on("error", reject),
          ),
      ),
    );
  const seconds = (performance.now() - start) / 1000;
  const megabytes = process.resourceUsage().maxRSS / 1024;
  console.log(JSON.stringify({ seconds, megabytes, drifted: drifted.reduce((a, b) => a + b, 0) }));
}

if (isMainThread) await main();
else work(workerData as Part);
