/** Speed of the decision core: values a second into a profile and against one, and the size of its bundle. */

import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { buildProfile, compareToReference } from "../../core/drift/index.ts";
import { ksTwoSampleSorted, SeededRandom, wassersteinDistance } from "../../core/statistics/index.ts";

const random = new SeededRandom(1);
const ROWS = 356_251;
const column = (scale: number): Float64Array =>
  Float64Array.from({ length: ROWS }, () => scale * random.normal());
const window = (columns: Record<string, Float64Array>) => ({ rows: ROWS, columns });

function timed<T>(name: string, values: number, work: () => T): T {
  work();
  const start = performance.now();
  const result = work();
  const seconds = (performance.now() - start) / 1000;
  process.stdout.write(
    `${name.padEnd(46)} ${(1000 * seconds).toFixed(0).padStart(7)} ms ${(values / seconds / 1e6).toFixed(1).padStart(8)} M values/s\n`,
  );
  return result;
}

const reference = { a: column(1), b: column(3), c: Float64Array.from(column(1), (x) => Math.exp(x)) };
const current = { a: column(1), b: column(3), c: Float64Array.from(column(1), (x) => Math.exp(x)) };
const schema = { a: "numeric", b: "numeric", c: "numeric" } as const;

const profile = timed("profile, 3 columns", 3 * ROWS, () => buildProfile(window(reference), schema));
timed("window against profile, 3 columns", 3 * ROWS, () => compareToReference(profile, window(current)));
timed("sort, KS and Wasserstein on raw values, 1 column", 2 * ROWS, () => {
  ksTwoSampleSorted(Float64Array.from(reference.a).sort(), Float64Array.from(current.a).sort());
  return wassersteinDistance(reference.a, current.a);
});

for (const [name, entries] of [
  ["statistics, drift, evaluation, judge", ["statistics", "drift", "evaluation", "rollout/judge"]],
  ["validation", ["validation"]],
] as const) {
  const contents = entries.map((e, i) => `export * as m${i} from "./core/${e}/index.ts";`).join("\n");
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: new URL("../..", import.meta.url).pathname, loader: "ts" },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "node24",
  });
  const bytes = outputFiles[0]?.contents ?? new Uint8Array();
  process.stdout.write(
    `${`bundle: ${name}`.padEnd(46)} ${(bytes.length / 1024).toFixed(0).padStart(7)} KB ${(gzipSync(bytes).length / 1024).toFixed(0).padStart(8)} KB gzipped\n`,
  );
}
