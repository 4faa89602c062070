/**
 * `npm run bench -- <name>`: measures with their limits; exits 1 when one is over. `loop` (the default) is bundles and stack programs,
 * `story` the whole of `npm start`, `drift` the decision core beside Evidently and SciPy, `evidently` its rules and snapshots beside Evidently's own,
 * `validation` suites beside Great Expectations, `retraining` the turns of a large join, `memory` what commands take of files and of ten times as long ones,
 * `trino` the tests of SQL on a real Trino (needs Java and Maven). Error rates have a command of their own.
 */
import type { Measure } from "./loop.ts";

type Bench = (args: readonly string[]) => Promise<Measure[]>;

/** Loaded when they are asked for: peers bring packages that the others need not wait for. */
const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  loop: async () => {
    await (await import("../build/index.ts")).buildAll();
    const { measureBundles, measureStack } = await import("./loop.ts");
    return async () => [...measureBundles(), ...measureStack([25, 50, 100])];
  },
  story: async () => (await import("./story.ts")).measureStory,
  drift: async () => (await import("./drift/index.ts")).driftMeasures,
  retraining: async () => (await import("./retraining.ts")).measureRetraining,
  evidently: async () => (await import("./drift/snapshots.ts")).snapshotMeasures,
  trino: async () => (await import("./trino/index.ts")).measureTrino,
  validation: async () => (await import("./validation/index.ts")).measureValidation,
  memory: async () => (await import("./memory.ts")).memoryMeasures,
};

const [name = "loop", ...args] = process.argv.slice(2);
const load = BENCHES[name];
if (!load)
  throw new Error(`bench: expected one of ${Object.keys(BENCHES).join(", ")}, got ${JSON.stringify(name)}`);
const measures = await (await load())(args);
for (const { what, value, unit, limit } of measures)
  console.log(
    `${value <= limit ? "ok  " : "OVER"}  ${what.padEnd(60)} ${value.toFixed(1).padStart(8)} ${unit.padEnd(3)} (at most ${limit.toFixed(1)} ${unit})`,
  );
process.exitCode = measures.every(({ value, limit }) => value <= limit) ? 0 : 1;
