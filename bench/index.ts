/**
 * `npm run bench`: the loop's measures with their limits. `npm run bench -- validation` puts validation beside Great Expectations, which
 * takes minutes and 200 MB below the folder of temporary files. The error rates have a command of their own, because they take an hour.
 */
import { buildAll } from "../build/index.ts";
import { type Measure, measureBundles, measureStack } from "./loop.ts";
import { measureValidation } from "./validation/index.ts";

const wanted = process.argv[2] ?? "loop";
const benches: Readonly<Record<string, () => Promise<Measure[]> | Measure[]>> = {
  loop: () => [...measureBundles(), ...measureStack([25, 50, 100])],
  validation: measureValidation,
};
const bench = benches[wanted];
if (!bench)
  throw new Error(`bench: expected one of ${Object.keys(benches).join(", ")}, got ${JSON.stringify(wanted)}`);
await buildAll();
const measures = await bench();
for (const { what, value, unit, limit } of measures)
  console.log(
    `${value <= limit ? "ok  " : "OVER"}  ${what.padEnd(60)} ${value.toFixed(1).padStart(8)} ${unit.padEnd(3)} (at most ${limit} ${unit})`,
  );
console.log("\nstatistics: node bench/statistics/index.ts; error rates: node bench/errorRates/index.ts");
process.exitCode = measures.every(({ value, limit }) => value <= limit) ? 0 : 1;
