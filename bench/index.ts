/** `npm run bench`: every measure with its limit. The error rates have a command of their own, because they take an hour. */
import { buildAll } from "../build/index.ts";
import { type Measure, measureBundles, measureStack } from "./loop.ts";

await buildAll();
const measures: Measure[] = [...measureBundles(), ...measureStack([25, 50, 100])];
for (const { what, value, unit, limit } of measures)
  console.log(
    `${value <= limit ? "ok  " : "OVER"}  ${what.padEnd(60)} ${value.toFixed(1).padStart(8)} ${unit.padEnd(3)} (at most ${limit} ${unit})`,
  );
console.log("\nstatistics: node bench/statistics/index.ts; error rates: node bench/errorRates/index.ts");
process.exitCode = measures.every(({ value, limit }) => value <= limit) ? 0 : 1;
