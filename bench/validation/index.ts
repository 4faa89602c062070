/**
 * Validation beside Great Expectations: the same file, suite and result format, one after the other in this run, each as a process of its
 * own. Both must come to the same verdicts, counts and examples, else the bench fails.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../../build/index.ts";
import { ensurePython } from "../../sandbox/python/ensure.ts";
import type { Measure } from "../loop.ts";
import { minified } from "../minified.ts";
import { COLUMNS, generate } from "./generate.ts";
import { SUITE } from "./suite.ts";
import { differences } from "./verdicts.ts";

const HERE = join(ROOT, "bench", "validation");
const ROWS = 1_000_000;

interface Usage {
  readonly status: number;
  /** Seconds. */
  readonly wall: number;
  /** Seconds, user and system. */
  readonly cpu: number;
  /** Kilobytes. */
  readonly peak: number;
}

function measure(python: string, command: readonly string[]): Usage {
  const { stdout, stderr, status } = spawnSync(python, [join(HERE, "measure.py"), ...command], {
    encoding: "utf8",
    env: { ...process.env, GX_ANALYTICS_ENABLED: "false" },
  });
  if (status !== 0)
    throw new Error(`measure.py: expected exit status 0, got ${status}: ${stderr.slice(-800)}`);
  return JSON.parse(stdout) as Usage;
}

class Bench {
  readonly #python: string;
  readonly #folder: string;
  readonly #suite: string;

  constructor(python: string, folder: string) {
    this.#python = python;
    this.#folder = folder;
    this.#suite = join(folder, "suite.json");
    writeFileSync(this.#suite, JSON.stringify(SUITE));
  }

  generate(rows: number): string {
    const file = join(this.#folder, `rows-${rows}.csv`);
    generate(file, rows, 1);
    return file;
  }

  /** Validates rows that a process of its own makes meanwhile. */
  piped(rows: number): Usage {
    const pipe = join(this.#folder, `rows-${rows}.csv`);
    execFileSync("mkfifo", [pipe]);
    const program = `import { generate } from ${JSON.stringify(`file://${join(HERE, "generate.ts")}`)}; generate(${JSON.stringify(pipe)}, ${rows}, 1);`;
    const writer = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: "ignore" });
    try {
      return this.sluice(pipe);
    } finally {
      writer.kill();
      rmSync(pipe);
    }
  }

  sluice(data: string): Usage & { readonly out: string } {
    const out = join(this.#folder, "sluice.json");
    const cli = join(ROOT, "cli", "sluice.ts");
    const options = ["--suite", this.#suite, "--data", data, "--format", "json", "--out", out];
    const usage = measure(this.#python, [process.execPath, cli, "validate", ...options]);
    // The suite has expectations that fail: 3 is the status of a refusal.
    if (usage.status !== 3) throw new Error(`sluice validate: expected exit status 3, got ${usage.status}`);
    return { ...usage, out };
  }

  greatExpectations(data: string): Usage & { readonly out: string } {
    const out = join(this.#folder, "greatExpectations.json");
    const script = join(HERE, "greatExpectations.py");
    const usage = measure(this.#python, [this.#python, script, this.#suite, data, out]);
    if (usage.status !== 0)
      throw new Error(`greatExpectations.py: expected exit status 0, got ${usage.status}`);
    return { ...usage, out };
  }
}

const show = (who: string, { wall, cpu, peak }: Usage): void =>
  console.log(
    `      ${who.padEnd(28)} ${wall.toFixed(1).padStart(6)} s  CPU ${cpu.toFixed(1).padStart(6)} s  peak ${(peak / 1024).toFixed(0).padStart(5)} MB`,
  );

/** Time and memory beside Great Expectations, and memory with ten times the rows. Takes some minutes. */
export async function measureValidation(): Promise<Measure[]> {
  const python = await ensurePython({
    cacheDirectory: join(homedir(), ".cache", "sluice"),
    log: console.log,
    other: { name: "peers-great-expectations", requirements: join(HERE, "requirements.txt") },
  });
  const folder = mkdtempSync(join(tmpdir(), "sluice-validation-"));
  try {
    const bench = new Bench(python, folder);
    return [await bundled(), ...besidePeer(bench), ...withMoreRows(bench)];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Both engines, suggestions and consistency. */
async function bundled(): Promise<Measure> {
  const { length } = await minified(
    'export * from "./core/validation/index.ts"; export * from "./core/validation/sql/index.ts";',
  );
  return { what: "validation: core bundled and minified", value: length / 1024, unit: "KB", limit: 90 };
}

function besidePeer(bench: Bench): Measure[] {
  // Both have run before when a person waits for them: files are compiled and cached then.
  const small = bench.generate(1000);
  bench.sluice(small);
  bench.greatExpectations(small);
  const data = bench.generate(ROWS);
  const size = `${ROWS} x ${COLUMNS.length}, ${(statSync(data).size / 1e6).toFixed(0)} MB, ${SUITE.expectations.length} expectations`;
  const theirs = bench.greatExpectations(data);
  const ours = bench.sluice(data);
  rmSync(data);
  console.log(`validation: ${size}`);
  show("Great Expectations 1.24.1", theirs);
  show("sluice validate", ours);
  const found = differences(readFileSync(theirs.out, "utf8"), readFileSync(ours.out, "utf8"));
  if (found.length > 0)
    throw new Error(
      `expected the verdicts of Great Expectations, got ${found.length} others:\n${found.join("\n")}`,
    );
  return [
    {
      what: "validation: time, Great Expectations = 100",
      value: (100 * ours.wall) / theirs.wall,
      unit: "%",
      limit: 10,
    },
    {
      what: "validation: CPU time, Great Expectations = 100",
      value: (100 * ours.cpu) / theirs.cpu,
      unit: "%",
      limit: 10,
    },
    {
      what: "validation: peak memory, Great Expectations = 100",
      value: (100 * ours.peak) / theirs.peak,
      unit: "%",
      limit: 12.5,
    },
  ];
}

/** Through a named pipe, because ten million rows are 2 GB. */
function withMoreRows(bench: Bench): Measure[] {
  const [few, many] = [ROWS, 10 * ROWS].map((rows) => {
    const usage = bench.piped(rows);
    show(`sluice validate, ${rows} rows`, usage);
    return usage.peak;
  }) as [number, number];
  return [
    {
      what: `validation: peak memory of ${10 * ROWS} rows, ${ROWS} = 100`,
      value: (100 * many) / few,
      unit: "%",
      limit: 110,
    },
  ];
}
