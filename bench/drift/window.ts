/**
 * `node --expose-gc window.ts <rows>`: one window of three columns against a stored profile. Prints millions of values a
 * second (best of three) and by how many megabytes the process grew beyond its input, as JSON.
 */
import { buildProfile, compareToReference, parseReferenceProfile } from "../../core/drift/index.ts";
import { SeededRandom } from "../../core/statistics/index.ts";

const rows = Number(process.argv[2]);
const random = new SeededRandom(1);
const column = (count: number, shape: (z: number) => number): Float64Array =>
  Float64Array.from({ length: count }, () => shape(random.normal()));
const make = (count: number) => ({
  rows: count,
  columns: { a: column(count, (z) => z), b: column(count, (z) => 50 + 3 * z), c: column(count, Math.exp) },
});
const built = buildProfile(make(100_000), { a: "numeric", b: "numeric", c: "numeric" });
const stored = JSON.stringify(built);
const window = make(rows);
compareToReference(parseReferenceProfile(JSON.parse(stored)), make(1000));
globalThis.gc?.();
const before = process.resourceUsage().maxRSS;
let best = Infinity;
for (let run = 0; run < 3; run++) {
  const start = performance.now();
  compareToReference(parseReferenceProfile(JSON.parse(stored)), window);
  best = Math.min(best, performance.now() - start);
}
const megabytes = (process.resourceUsage().maxRSS - before) / 1024;
console.log(JSON.stringify({ millions: (3 * rows) / best / 1000, megabytes }));
