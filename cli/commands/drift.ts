import type { Command } from "commander";
import {
  compareToReference,
  type DataWindow,
  type DriftPolicy,
  type DriftVerdict,
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
import { checkNumbers, loadReference, parseJsonFile, schemaOf } from "./support/profiles.ts";
import { EXIT, runDecision } from "./support/run.ts";

interface DriftOptions extends OutputOptions {
  readonly reference: string;
  readonly current: string;
  readonly policy: string;
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
): Promise<DataWindow> {
  const columns: Record<string, Cell[]> = {};
  let rows = 0;
  for await (const batch of readBatches(file)) {
    checkNumbers(file, batch, known);
    rows += batch.rows;
    for (const [name, values] of Object.entries(batch.columns)) {
      columns[name] ??= [];
      const column = columns[name];
      for (const value of values) column.push(value);
    }
  }
  return { rows, columns };
}

function findingOf(verdict: DriftVerdict): Finding {
  const sorted = verdict.features.toSorted((a, b) => a.adjustedPValue - b.adjustedPValue);
  const table = textTable([
    ["feature", "status", "question", "effect", "p", "adjusted p", "JS", "missing"],
    ...sorted.map((f) => [
      f.feature,
      f.status,
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

export function register(program: Command): void {
  const command = program
    .command("drift")
    .description("compare data with a reference; exits 0 stable, 3 drift, 4 too little data")
    .requiredOption("--reference <file>", "profile (.json) or data")
    .requiredOption("--current <file>", "data to judge")
    .option("--policy <policy>", "default, or a JSON file with fields of a policy", "default");
  addOutputOptions(command).action((options: DriftOptions) =>
    runDecision(async () => {
      const profile = await loadReference(options.reference);
      const window = await readWindow(options.current, schemaOf(profile));
      const verdict = compareToReference(profile, window, loadPolicy(options.policy));
      writeFinding(findingOf(verdict), options);
      return { stable: EXIT.good, drift: EXIT.bad, insufficient: EXIT.open }[verdict.verdict];
    }),
  );
}
