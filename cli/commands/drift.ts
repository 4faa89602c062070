import type { Command } from "commander";
import {
  compareToReference,
  type DataWindow,
  type DriftPolicy,
  type DriftVerdict,
  type EvidentlyVerdict,
  evidentlyVerdict,
  toEvidentlySnapshot,
} from "../../core/drift/index.ts";
import { type Cell, InputError, readBatches } from "../readers/index.ts";
import {
  addOutputOptions,
  type Finding,
  number,
  type OutputOptions,
  textTable,
  writeFinding,
} from "./support/output.ts";
import { checkNumbers, loadReference, parseJsonFile, schemaOf, timesOf } from "./support/profiles.ts";
import { EXIT, runDecision } from "./support/run.ts";

interface DriftOptions extends OutputOptions {
  readonly reference: string;
  readonly current: string;
  readonly policy: string;
  readonly timeColumn?: string;
}

function loadPolicy(name: string): Partial<DriftPolicy> {
  if (name === "default") return {};
  const policy = parseJsonFile(name);
  if (typeof policy === "object" && policy !== null) return policy as Partial<DriftPolicy>;
  throw new InputError(name, "a JSON object with fields of a drift policy", JSON.stringify(policy));
}

/** Columns of the whole file; only those the reference knows are kept. */
async function readWindow(
  file: string,
  known: Readonly<Record<string, "numeric" | "categorical">>,
  timeColumn?: string,
): Promise<DataWindow> {
  const times: number[] = [];
  const columns: Record<string, Cell[]> = {};
  let rows = 0;
  for await (const batch of readBatches(file)) {
    checkNumbers(file, batch, known);
    rows += batch.rows;
    if (timeColumn !== undefined) for (const time of timesOf(file, batch, timeColumn)) times.push(time);
    for (const [name, values] of Object.entries(batch.columns)) {
      columns[name] ??= [];
      const column = columns[name];
      for (const value of values) column.push(value);
    }
  }
  if (timeColumn === undefined) return { rows, columns };
  const { [timeColumn]: _, ...features } = columns;
  return { rows, columns: features, times };
}

const PARTS = { whole: "all", hourOfWeek: "hour of week", hourOfDay: "hour of day" } as const;

function findingOf(verdict: DriftVerdict): Finding {
  const sorted = verdict.features.toSorted((a, b) => a.adjustedPValue - b.adjustedPValue);
  const table = textTable([
    ["feature", "status", "against", "question", "effect", "p", "adjusted p", "JS", "missing"],
    ...sorted.map((f) => [
      f.feature,
      f.status,
      PARTS[f.comparedWith],
      f.leading?.component ?? "–",
      number(f.leading?.effect),
      number(f.pValue),
      number(f.adjustedPValue),
      number(f.jensenShannon),
      number(f.missingShare.window),
    ]),
  ]);
  const head = `${verdict.verdict} (${verdict.reason}): ${verdict.driftedFeatures.length} of ${verdict.features.length} features drifted, ${verdict.rows} rows against ${verdict.referenceRows}`;
  return {
    title: `Drift: ${verdict.verdict}`,
    text: `${head}\n\n${table}`,
    json: verdict,
    bars: sorted.slice(0, 12).map((f) => ({
      title: `${f.feature} (${f.status})`,
      series: ["reference", "current"],
      rows: f.shares.map((s) => ({ label: s.label, values: [s.reference, s.window] })),
    })),
  };
}

/** Evidently's rules need the reference's rows, not a profile of them. */
async function runEvidently(options: DriftOptions): Promise<number> {
  if (options.reference.endsWith(".json")) {
    throw new InputError(options.reference, "the reference as data for --policy evidently", "a profile");
  }
  const verdict = evidentlyVerdict(
    await readWindow(options.reference, {}),
    await readWindow(options.current, {}),
  );
  writeFinding(evidentlyFinding(verdict), options);
  return verdict.verdict === "drift" ? EXIT.bad : EXIT.good;
}

function evidentlyFinding(verdict: EvidentlyVerdict): Finding {
  const rows = verdict.columns.map((c) => [
    c.column,
    c.drifted ? "drift" : "stable",
    c.displayName,
    number(c.score),
    number(c.threshold),
  ]);
  const skipped = verdict.skipped.map((s) => `\nnot judged: ${s.column} (${s.reason})`).join("");
  return {
    title: `Drift by Evidently's rules: ${verdict.verdict}`,
    text: `${verdict.verdict}: ${verdict.drifted.count} of ${verdict.columns.length} columns drifted\n\n${textTable([["column", "status", "method", "score", "threshold"], ...rows])}${skipped}`,
    json: { verdict: verdict.verdict, ...toEvidentlySnapshot(verdict) },
    bars: [],
  };
}

export function register(program: Command): void {
  const command = program
    .command("drift")
    .description("compare data with a reference; exits 0 stable, 3 drift, 4 too little data")
    .requiredOption("--reference <file>", "profile (.json) or data")
    .requiredOption("--current <file>", "data to judge")
    .option("--policy <policy>", "default, evidently, or a JSON file with fields of a policy", "default")
    .option("--time-column <name>", "times of the rows (ISO), to compare with the same hours of the week");
  addOutputOptions(command).action((options: DriftOptions) =>
    runDecision(async () => {
      if (options.policy === "evidently") return runEvidently(options);
      const profile = await loadReference(options.reference, options.timeColumn);
      const window = await readWindow(options.current, schemaOf(profile), options.timeColumn);
      const verdict = compareToReference(profile, window, loadPolicy(options.policy));
      writeFinding(findingOf(verdict), options);
      return { stable: EXIT.good, drift: EXIT.bad, insufficient: EXIT.open }[verdict.verdict];
    }),
  );
}
