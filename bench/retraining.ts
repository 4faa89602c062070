/**
 * What a turn of a large join takes: captures taken in, joined rows merged with a history and written, over files in a folder instead of S3.
 * Athena's part is done by whoever writes the ranges here; its memory is not the Lambda's. Each step runs in a process of its own.
 */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  createReadStream,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { takeCaptures } from "../lambdas/coordinateRetraining/large/intake.ts";
import { type Counted, countMerged, writeTable } from "../lambdas/coordinateRetraining/large/table.ts";
import type { LargeObjects } from "../lambdas/shared/largeObjects.ts";
import type { Objects } from "../lambdas/shared/objects.ts";
import { TurnOver, Work } from "../lambdas/shared/work.ts";
import { tinySpec } from "../test/support/sample.ts";
import type { Measure } from "./loop.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const FEATURES = Array.from({ length: 16 }, (_, i) => ({
  name: `f${i}`,
  type: "numeric" as const,
  sensitive: false,
}));
const FILE_ROWS = 10_000;
const RANGE_ROWS = 100_000;

interface Job {
  readonly folder: string;
  readonly rows: number;
  readonly step: "captures" | "count" | "write";
}

const specOf = (rows: number) => ({
  ...tinySpec(),
  features: FEATURES,
  retraining: { ...tinySpec().retraining, rows },
});
const cellsOf = (n: number): string => FEATURES.map((_, i) => ((n * (i + 7919)) % 100_003) / 100).join(",");
const timeOf = (n: number): string => new Date(START + n * 100).toISOString();

/** Objects as files; a URI is a path below the folder. */
function folderObjects(folder: string): { objects: Objects; largeObjects: LargeObjects } {
  const pathOf = (uri: string): string => join(folder, uri.replace("s3://", ""));
  const put = (uri: string, body: Uint8Array | string): void => {
    mkdirSync(dirname(pathOf(uri)), { recursive: true });
    writeFileSync(pathOf(uri), body);
  };
  const never = (): Promise<never> => Promise.reject(new Error("not part of the bench"));
  return {
    objects: {
      get: async (uri) => readFileSync(pathOf(uri)),
      getText: async (uri) => readFileSync(pathOf(uri), "utf8"),
      put: async (uri, body) => put(uri, body),
      putNew: async (uri, body) => {
        put(uri, body);
        return true;
      },
      async list(prefix) {
        mkdirSync(pathOf(prefix), { recursive: true });
        return readdirSync(pathOf(prefix))
          .sort()
          .map((name) => ({
            uri: `${prefix}${name}`,
            bytes: statSync(join(pathOf(prefix), name)).size,
            etag: "",
          }));
      },
    },
    largeObjects: {
      read: async (uri, { from = 0 } = {}) => createReadStream(pathOf(uri), { start: from }),
      writer(uri) {
        const stream = createWriteStream(pathOf(uri));
        let bytes = 0;
        return {
          async write(chunk) {
            bytes += chunk.length;
            if (!stream.write(chunk)) await once(stream, "drain");
          },
          async end() {
            await new Promise<void>((resolve) => stream.end(resolve));
            return { bytes, sha256: "", md5: "" };
          },
          abandon: async () => undefined,
        };
      },
      copy: never,
      copyNew: never,
    },
  };
}

async function generate(folder: string, rows: number): Promise<void> {
  const { objects } = folderObjects(folder);
  const history = createWriteStream(join(folder, "history.csv"));
  history.write(`day,${FEATURES.map(({ name }) => name).join(",")},y\n`);
  for (let from = 0; from < rows; from += FILE_ROWS) {
    const numbers = Array.from({ length: Math.min(FILE_ROWS, rows - from) }, (_, i) => from + i);
    const captures = numbers.map((n) =>
      JSON.stringify({
        captureData: {
          endpointInput: {
            observedContentType: "text/csv",
            mode: "INPUT",
            data: cellsOf(n),
            encoding: "CSV",
          },
          endpointOutput: { observedContentType: "text/csv", mode: "OUTPUT", data: "0.5", encoding: "CSV" },
        },
        eventMetadata: { eventId: `event-${n}`, inferenceId: `inference-${n}`, inferenceTime: timeOf(n) },
        eventVersion: "0",
      }),
    );
    await objects.put(`s3://c/${String(from).padStart(9, "0")}.jsonl`, `${captures.join("\n")}\n`);
    // The older half of what is served is in the history already.
    const lines = numbers.map((n) => `${timeOf(n - rows / 2)},${cellsOf(n - rows / 2)},yes\n`).join("");
    if (!history.write(lines)) await once(history, "drain");
  }
  await new Promise<void>((resolve) => history.end(resolve));
}

/** As Athena leaves them: rows of a range in no order. */
async function joinRows(folder: string, rows: number): Promise<void> {
  const { objects } = folderObjects(folder);
  for (let from = 0; from < rows; from += RANGE_ROWS) {
    const lines = Array.from({ length: Math.min(RANGE_ROWS, rows - from) }, (_, i) => {
      const n = from + i;
      const cells = JSON.stringify(cellsOf(n).split(","));
      return JSON.stringify({ t: timeOf(n), id: `"inference-${n}"`, cells, label: '"yes"' });
    });
    await objects.put(
      `s3://joined/${from / RANGE_ROWS}/a.gz`,
      gzipSync(lines.reverse().join("\n"), { level: 1 }),
    );
  }
}

async function run({ folder, rows, step }: Job): Promise<void> {
  const { objects, largeObjects } = folderObjects(folder);
  const spec = specOf(rows);
  const clock = { left: () => 900_000 };
  const turns = async <T>(work: (kept: Work) => Promise<T>): Promise<T> => {
    for (;;)
      try {
        return await work(await Work.open(objects, "s3://work"));
      } catch (error) {
        if (!(error instanceof TurnOver)) throw error;
      }
  };
  if (step === "captures") {
    const files = await objects.list("s3://c/");
    const served = [{ endpointConfigName: "c", variant: "primary", within: null, files }];
    const turnBytes = 8 * 200 * 2 ** 20;
    const { rows: taken } = await turns((work) =>
      takeCaptures({ objects, largeObjects, clock, work, spec, turnBytes }, served),
    );
    if (taken !== rows) throw new Error(`expected ${rows} captures, got ${taken}`);
    return;
  }
  const ranges = Math.ceil(rows / RANGE_ROWS);
  const context = {
    objects,
    largeObjects,
    clock,
    spec,
    historyUri: "s3://history.csv",
    ranges: {
      folders: Array.from({ length: ranges }, (_, range) => `s3://joined/${range}/`),
      rows: Array.from({ length: ranges }, (_, range) => Math.min(RANGE_ROWS, rows - range * RANGE_ROWS)),
    },
  };
  const counted: Counted = await turns((work) => countMerged({ ...context, work }));
  if (step === "count") return;
  const { counts } = await writeTable(
    { ...context, work: await Work.open(objects, "s3://work") },
    counted,
    "s3://out.csv",
  );
  if (counts.knownRows !== rows / 2 || counts.rows !== rows) throw new Error(JSON.stringify(counts));
}

/** Seconds and megabytes of a step in a process of its own. */
function measure(job: Job): { readonly seconds: number; readonly megabytes: number } {
  const begun = performance.now();
  const child = spawnSync(process.execPath, [import.meta.filename, JSON.stringify(job)], {
    encoding: "utf8",
  });
  if (child.status !== 0) throw new Error(child.stderr);
  return { seconds: (performance.now() - begun) / 1000, megabytes: Number(child.stdout) / 1024 };
}

/** `npm run bench -- retraining [rows]`; a row is some 460 bytes of captures and 140 of history. */
export async function measureRetraining([rowsText = "1000000"]: readonly string[]): Promise<Measure[]> {
  const rows = Number(rowsText);
  const folder = mkdtempSync(join(tmpdir(), "sluice-retraining-"));
  try {
    await generate(folder, rows);
    await joinRows(folder, rows);
    const measures: Measure[] = [];
    for (const step of ["captures", "count", "write"] as const) {
      const { seconds, megabytes } = measure({ folder, rows, step });
      const what = `${step} of ${rows} rows`;
      measures.push({ what: `${what}: memory`, value: megabytes, unit: "MB", limit: 1024 });
      measures.push({
        what: `${what}: time for a million`,
        value: (seconds / rows) * 1e6,
        unit: "s",
        limit: 120,
      });
    }
    return measures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === import.meta.filename) {
  await run(JSON.parse(process.argv[2] as string) as Job);
  console.log(process.resourceUsage().maxRSS);
}
