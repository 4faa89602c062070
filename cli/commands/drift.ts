import type { Command } from "commander";
import {
  compareTally,
  type DriftPolicyChanges,
  type DriftVerdict,
  type ReferenceProfile,
  WindowTally,
} from "../../core/drift/index.ts";
import { InputError } from "../readers/index.ts";
import {
  addOutputOptions,
  type Finding,
  number,
  type OutputOptions,
  textTable,
  writeFinding,
} from "./support/output.ts";
import { checkNumbers, loadReference, schemaOf, timedBatch } from "./support/profiles.ts";
import { watchedBatches } from "./support/progress.ts";
import { EXIT, runDecision } from "./support/run.ts";

interface DriftOptions extends OutputOptions {
  readonly reference: string;
  readonly current: string;
  readonly policy: string;
  readonly timeColumn?: string;
}

/** The module that reads policies is loaded only when there is one to read. */
async function loadPolicy(name: string): Promise<DriftPolicyChanges> {
  return name === "default" ? {} : (await import("./support/policies.ts")).readDriftPolicy(name);
}

/** Counts of the whole file, batch after batch in constant memory. */
async function tallyFile(file: string, profile: ReferenceProfile, timeColumn?: string): Promise<WindowTally> {
  const tally = new WindowTally(profile);
  const kinds = schemaOf(profile);
  for await (const batch of watchedBatches(file)) {
    checkNumbers(file, batch, kinds);
    tally.add(timedBatch(file, batch, timeColumn));
  }
  return tally;
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
  const { evidentlyFinding, evidentlyOfFiles } = await import("./support/evidently.ts");
  const verdict = await evidentlyOfFiles(options.reference, options.current);
  writeFinding(evidentlyFinding(verdict, new Date()), options);
  return verdict.verdict === "drift" ? EXIT.bad : EXIT.good;
}

export function register(program: Command): void {
  const command = program
    .command("drift")
    .description("compare data with a reference; exits 0 stable, 3 drift, 4 too little data")
    .requiredOption("--reference <file>", "profile (.json) or data")
    .requiredOption("--current <file>", "data to judge")
    .option(
      "--policy <policy>",
      "default, evidently (its JSON is a snapshot that Evidently loads), or a JSON file with fields of a policy",
      "default",
    )
    .option("--time-column <name>", "times of the rows (ISO), to compare with the same hours of the week");
  addOutputOptions(command).action((options: DriftOptions) =>
    runDecision(async () => {
      if (options.policy === "evidently") return runEvidently(options);
      const profile = await loadReference(options.reference, options.timeColumn);
      const policy = await loadPolicy(options.policy);
      const verdict = compareTally(await tallyFile(options.current, profile, options.timeColumn), policy);
      writeFinding(findingOf(verdict), options);
      return { stable: EXIT.good, drift: EXIT.bad, insufficient: EXIT.open }[verdict.verdict];
    }),
  );
}
