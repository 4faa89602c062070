/**
 * The tests of SQL on a real Trino instead of DuckDB: `npm run bench -- trino [version]`. Needs Maven and the Java that the version asks for (483: 25, 435: 17),
 * at JAVA_HOME; what Maven fetches stays in its own repository. Trino listens on loopback only and ends with the bench.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ROOT } from "../../build/index.ts";
import type { Measure } from "../loop.ts";

const HERE = join(ROOT, "bench", "trino");
const DEFAULT_VERSION = "483";
/** Versions whose Hive connector Maven Central has with all that it needs; others read text as loaded into memory. */
const WITH_HIVE = ["483"];
const TESTS = [
  "test/unit/validation/sql*.test.ts",
  "test/unit/validation/csvInSql.test.ts",
  "test/unit/validation/oneMeaning.test.ts",
  "test/unit/dataset/large*.test.ts",
];
const JAVA = process.env.JAVA_HOME === undefined ? "java" : join(process.env.JAVA_HOME, "bin", "java");

function classpath(version: string, hasHive: boolean, folder: string): string {
  const file = join(folder, "classpath");
  const { status, stdout } = spawnSync(
    "mvn",
    [
      ...["--batch-mode", "--quiet", "--file", join(HERE, "pom.xml"), `-Dtrino.version=${version}`],
      ...(hasHive ? ["-Phive"] : []),
      ...["dependency:build-classpath", `-Dmdep.outputFile=${file}`],
    ],
    { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] },
  );
  if (status !== 0) throw new Error(`mvn: expected exit status 0, got ${status}: ${stdout?.slice(-2000)}`);
  return readFileSync(file, "utf8");
}

/** Where Trino listens, once it says so among its log. Both its outputs are read to their end: a full pipe would stop it. */
async function urlOf(trino: ChildProcess): Promise<string> {
  const log: string[] = [];
  return await new Promise((resolve, reject) => {
    for (const stream of [trino.stdout, trino.stderr])
      if (stream !== null)
        createInterface({ input: stream }).on("line", (line) => {
          const url = /Trino at (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
          if (url !== undefined) resolve(url);
          else if (log.length < 1000) log.push(line);
        });
    trino.once("error", reject);
    trino.once("exit", (status) => {
      reject(
        new Error(`Trino: expected it to start, got exit status ${status}: ${log.slice(-30).join("\n")}`),
      );
    });
  });
}

function start(jars: string, folder: string | undefined): ChildProcess {
  const arguments_ = [
    "-Xmx3g",
    "--add-modules",
    "jdk.incubator.vector",
    "-cp",
    jars,
    join(HERE, "Trino.java"),
  ];
  return spawn(JAVA, [...arguments_, ...(folder === undefined ? [] : [folder])], {
    stdio: ["pipe", "pipe", "pipe"],
  });
}

/** Test cases that failed, of how many. */
async function tested(env: NodeJS.ProcessEnv): Promise<{ readonly failed: number; readonly all: number }> {
  const files = TESTS.flatMap((pattern) => globSync(pattern, { cwd: ROOT })).sort();
  const options = ["--import", "./test/support/seed.ts", "--test", "--test-concurrency=1"];
  const run = spawn(process.execPath, [...options, "--test-reporter=spec", ...files], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const counts = { tests: 0, fail: 0 };
  for await (const line of createInterface({ input: run.stdout })) {
    console.log(line);
    const [, what, count] = /^ℹ (tests|fail) (\d+)$/.exec(line) ?? [];
    if (what === "tests" || what === "fail") counts[what] = Number(count);
  }
  const [status] = run.exitCode === null ? await once(run, "exit") : [run.exitCode];
  if (counts.tests === 0) throw new Error(`node --test: expected tests, got exit status ${status}`);
  return { failed: counts.fail, all: counts.tests };
}

export async function measureTrino([version = DEFAULT_VERSION]: readonly string[]): Promise<Measure[]> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-trino-"));
  const hasHive = WITH_HIVE.includes(version);
  let running: ChildProcess | undefined;
  try {
    running = start(classpath(version, hasHive, folder), hasHive ? folder : undefined);
    const url = await urlOf(running);
    const { failed, all } = await tested({
      SLUICE_TRINO: url,
      ...(hasHive ? { SLUICE_TRINO_FOLDER: folder } : {}),
    });
    return [{ what: `tests of ${all} that differ on Trino ${version}`, value: failed, unit: "", limit: 0 }];
  } finally {
    running?.stdin?.end();
    if (running !== undefined && running.exitCode === null) await once(running, "exit");
    rmSync(folder, { recursive: true, force: true });
  }
}
