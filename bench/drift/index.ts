/**
 * `npm run bench -- drift`: drift beside its peers on the same columns, one after the other, and the core's own measures.
 * The shape is that of a published complaint about Evidently (issue 763: 23 minutes). Figures are printed as ratios of
 * this run, because machines differ. `--rows` and `--columns` give a quicker look.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import type { Measure } from "../loop.ts";
import { minified } from "../minified.ts";
import { type Shape, writeColumns } from "./columns.ts";
import { ensurePeers, type Run, runOurs, runPeer } from "./peers.ts";

function report(name: string, { seconds, megabytes, drifted }: Run): void {
  console.log(
    `      ${name.padEnd(30)} ${seconds.toFixed(1).padStart(8)} s ${megabytes.toFixed(0).padStart(7)} MB ${String(drifted).padStart(5)} columns drifted`,
  );
}

function besidePeers(shape: Shape): Measure[] {
  const python = ensurePeers();
  const folder = mkdtempSync(join(tmpdir(), "sluice-drift-"));
  try {
    writeColumns(folder, shape, 1);
    console.log(`${shape.rows} rows, ${shape.columns} numeric columns, both sides:`);
    const one = runOurs(folder, shape, 1);
    report("ours, one thread", one);
    const two = runOurs(folder, shape, 2);
    report("ours, two threads", two);
    const scipy = runPeer(python, "scipy", folder, shape);
    report("SciPy: KS, Wasserstein, JS", scipy);
    const evidently = runPeer(python, "evidently", folder, shape);
    report("Evidently: DataDriftPreset", evidently);
    // Up to two threads: on a busy machine the second has no core of its own, and one is faster.
    const ours = one.seconds < two.seconds ? one : two;
    const percent = (mine: number, theirs: number): number => (100 * mine) / theirs;
    return [
      {
        what: "time of SciPy's, at most two threads",
        value: percent(ours.seconds, scipy.seconds),
        unit: "%",
        limit: 100 / 3,
      },
      { what: "time of Evidently's", value: percent(ours.seconds, evidently.seconds), unit: "%", limit: 5 },
      {
        what: "peak memory of Evidently's",
        value: percent(ours.megabytes, evidently.megabytes),
        unit: "%",
        limit: 10,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Speed and growth of one comparison; the growth of a window ten times as long shows whether memory depends on rows. */
function windows(): Measure[] {
  const script = new URL("window.ts", import.meta.url).pathname;
  const run = (rows: number): { millions: number; megabytes: number } =>
    JSON.parse(execFileSync(process.execPath, ["--expose-gc", script, String(rows)], { encoding: "utf8" }));
  const [short, long] = [run(350_000), run(3_500_000)];
  return [
    {
      what: "window against profile: nanoseconds a value, one core",
      value: 1000 / long.millions,
      unit: "ns",
      limit: 100,
    },
    { what: "memory of 350,000 rows beyond them", value: short.megabytes, unit: "MB", limit: 32 },
    { what: "memory of 3,500,000 rows beyond them", value: long.megabytes, unit: "MB", limit: 32 },
  ];
}

/** The decision core: what monitors, gates and rollouts share. The validation of suites is bundled apart and has a limit of its own. */
async function bundle(name: string, entries: readonly string[], limit: number): Promise<Measure[]> {
  const bytes = await minified(
    entries.map((e, i) => `export * as m${i} from "./core/${e}/index.ts";`).join("\n"),
  );
  return [
    { what: `${name} bundled and minified`, value: bytes.length / 1024, unit: "KB", limit },
    {
      what: `${name} bundled, minified, gzipped`,
      value: gzipSync(bytes).length / 1024,
      unit: "KB",
      limit: 45,
    },
  ];
}

/** All measures; `args` are those after the bench's name. */
export async function driftMeasures(args: readonly string[]): Promise<Measure[]> {
  const { values } = parseArgs({
    args: [...args],
    options: { rows: { type: "string", default: "356251" }, columns: { type: "string", default: "100" } },
  });
  const shape = { rows: Number(values.rows), columns: Number(values.columns) };
  const bundles = [
    ...(await bundle("decision core", ["statistics", "drift", "evaluation", "rollout/judge"], 120)),
    ...(await bundle("validation", ["validation"], 90)),
  ];
  return [...bundles, ...windows(), ...besidePeers(shape)];
}
