/**
 * `npm run bench [loop | drift]`: measures with their limits; exits 1 when one is over. `loop` (the default) is bundles and
 * stack programs, `drift` the decision core beside its peers. Error rates have a command of their own: they take ten minutes.
 */
import type { Measure } from "./loop.ts";

async function measuresOf(name: string, args: readonly string[]): Promise<Measure[]> {
  if (name === "drift") return (await import("./drift/index.ts")).driftMeasures(args);
  if (name !== "loop") throw new Error(`bench: expected loop or drift, got ${JSON.stringify(name)}`);
  const [{ buildAll }, { measureBundles, measureStack }] = [
    await import("../build/index.ts"),
    await import("./loop.ts"),
  ];
  await buildAll();
  return [...measureBundles(), ...measureStack([25, 50, 100])];
}

const [name = "loop", ...args] = process.argv.slice(2);
const measures = await measuresOf(name, args);
for (const { what, value, unit, limit } of measures)
  console.log(
    `${value <= limit ? "ok  " : "OVER"}  ${what.padEnd(60)} ${value.toFixed(1).padStart(8)} ${unit.padEnd(3)} (at most ${limit.toFixed(1)} ${unit})`,
  );
if (name === "loop")
  console.log("\nbeside peers: npm run bench -- drift; error rates: node bench/errorRates/index.ts");
process.exitCode = measures.every(({ value, limit }) => value <= limit) ? 0 : 1;
