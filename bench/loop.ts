/** The loop's own measures: bundle sizes and load times, and the stack program with many models. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipSync } from "fflate";
import { ROOT } from "../build/index.ts";
import { ENVIRONMENT, type LambdaName } from "../contracts/environment.ts";

export interface Measure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly limit: number;
}

/** Zipped size of each bundle, at most 400 KB, and the median of five loads in a fresh process, at most 100 ms. */
export function measureBundles(): Measure[] {
  const folder = join(ROOT, "dist", "lambdas");
  return readdirSync(folder).flatMap((name) => {
    const file = join(folder, name, "index.mjs");
    const kilobytes =
      zipSync({ "index.mjs": new Uint8Array(readFileSync(file)) }, { level: 9 }).length / 1024;
    const loads = Array.from({ length: 5 }, () => loadMilliseconds(name as LambdaName, file)).sort(
      (a, b) => a - b,
    );
    return [
      { what: `${name}: zipped`, value: kilobytes, unit: "KB", limit: 400 },
      { what: `${name}: load`, value: loads[2] as number, unit: "ms", limit: 100 },
    ];
  });
}

function loadMilliseconds(name: LambdaName, file: string): number {
  const variables = Object.fromEntries((ENVIRONMENT[name] as readonly string[]).map((key) => [key, "x"]));
  const program = `const at = performance.now(); await import(${JSON.stringify(`file://${file}`)}); console.log("loaded " + (performance.now() - at));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    env: { PATH: process.env.PATH, AWS_REGION: "eu-west-1", ...variables },
    encoding: "utf8",
  });
  const match = /loaded ([\d.]+)/.exec(stdout);
  if (!match) throw new Error(`${name}: expected the bundle to load, got ${stderr.slice(0, 400)}`);
  return Number(match[1]);
}

/** Seconds of the environment program under mocks with so many models, each in a fresh process. */
export function measureStack(counts: readonly number[]): Measure[] {
  const yaml = readFileSync(join(ROOT, "models", "bank-marketing", "model.yaml"), "utf8");
  return counts.map((count) => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
    const names = Array.from({ length: count }, (_, index) => `model-${index}`);
    for (const name of names) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, "model.yaml"), yaml.replace("name: bank-marketing", `name: ${name}`));
    }
    const harness = `file://${join(ROOT, "test", "support", "stackHarness.ts")}`;
    const program = `const { runStack } = await import(${JSON.stringify(harness)}); const at = performance.now(); const all = await runStack("prod", { "sluice:models": ${JSON.stringify(JSON.stringify(names))} }, { modelsFolder: ${JSON.stringify(folder)} }); console.log("took " + (performance.now() - at) / 1000 + " " + all.length);`;
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
      encoding: "utf8",
    });
    rmSync(folder, { recursive: true });
    const match = /took ([\d.]+) (\d+)/.exec(stdout);
    if (!match) throw new Error(`stack with ${count} models: ${stderr.slice(0, 600)}`);
    return {
      what: `environment program with ${count} models (${match[2]} resources)`,
      value: Number(match[1]),
      unit: "s",
      limit: 10,
    };
  });
}
