import type { Command } from "commander";
import {
  compareTally,
  type DriftPolicyChanges,
  type DriftVerdict,
  type ReferenceProfile,
  type SageMakerViolations,
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
  writeResult,
} from "./support/output.ts";
import { checkNumbers, schemaOf, timedBatch } from "./support/profiles.ts";
import { watchedBatches } from "./support/progress.ts";
import { loadReference, type Reference } from "./support/reference.ts";
import { EXIT, runDecision } from "./support/run.ts";
import type { ConstraintCheck } from "./support/sageMaker.ts";

interface DriftOptions extends OutputOptions {
  readonly reference: string;
  readonly current: string;
  readonly policy: string;
  readonly timeColumn?: string;
  readonly constraints?: string;
  readonly violations?: string;
}

/** The module that reads policies is loaded only when there is one to read. */
async function loadPolicy(name: string): Promise<DriftPolicyChanges> {
  return name === "default" ? {} : (await import("./support/policies.ts")).readDriftPolicy(name);
}

/** Counts of the whole file, batch after batch in constant memory; the constraints see the same rows. */
async function tallyFile(
  file: string,
  profile: ReferenceProfile,
  timeColumn: string | undefined,
  check: ConstraintCheck | undefined,
): Promise<WindowTally> {
  const tally = new WindowTally(profile);
  const kinds = schemaOf(profile);
  for await (const batch of watchedBatches(file)) {
    checkNumbers(file, batch, kinds);
    tally.add(timedBatch(file, batch, timeColumn));
    check?.add(file, batch, timeColumn);
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
      // Numbers are in bins that are named by where they end.
      rows: f.shares.map((s) => ({
        label: f.mean === null ? s.label : `up to ${s.label}`,
        values: [s.reference, s.window],
      })),
    })),
  };
}

/** Constraints are SageMaker's: those that are named, or those beside its statistics. */
async function constraintCheck(
  { reference, constraints: named }: DriftOptions,
  { profile, isSageMaker }: Reference,
): Promise<ConstraintCheck | undefined> {
  if (named === undefined && !isSageMaker) return undefined;
  const { ConstraintCheck, readConstraints } = await import("./support/sageMaker.ts");
  const constraints = readConstraints(reference, named);
  return constraints && new ConstraintCheck(constraints, profile);
}

/** The verdict, and SageMaker's violations where there were constraints. */
function withViolations(finding: Finding, found: SageMakerViolations | undefined): Finding {
  if (found === undefined) return finding;
  const { violations } = found;
  const table = textTable([
    ["feature", "check", "violation"],
    ...violations.map((v) => [v.feature_name, v.constraint_check_type, v.description]),
  ]);
  return {
    ...finding,
    text: `${finding.text}\n\n${violations.length} violations of constraints${violations.length > 0 ? `\n\n${table}` : ""}`,
    json: { ...(finding.json as object), constraintViolations: violations },
  };
}

async function runDrift(options: DriftOptions): Promise<number> {
  const reference = await loadReference(options.reference, options.timeColumn);
  const policy = await loadPolicy(options.policy);
  const check = await constraintCheck(options, reference);
  if (check === undefined && options.violations !== undefined)
    throw new InputError(options.violations, "constraints whose violations to write (--constraints)", "none");
  const tally = await tallyFile(options.current, reference.profile, options.timeColumn, check);
  const verdict = compareTally(tally, policy);
  const found = check?.violations();
  if (options.violations !== undefined)
    writeResult(options.violations, `${JSON.stringify(found, null, 2)}\n`);
  writeFinding(withViolations(findingOf(verdict), found), options);
  if (found !== undefined && found.violations.length > 0) return EXIT.bad;
  return { stable: EXIT.good, drift: EXIT.bad, insufficient: EXIT.open }[verdict.verdict];
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
    .requiredOption("--reference <file>", "profile or SageMaker statistics (.json), or data")
    .requiredOption("--current <file>", "data to judge")
    .option(
      "--policy <policy>",
      "default, evidently (its JSON is a snapshot that Evidently loads), or a JSON file with fields of a policy",
      "default",
    )
    .option(
      "--constraints <file>",
      "SageMaker constraints.json; by default that beside a statistics.json. A violation exits 3",
    )
    .option("--violations <file>", "where SageMaker's constraint_violations.json goes")
    .option("--time-column <name>", "times of the rows (ISO), to compare with the same hours of the week");
  addOutputOptions(command).action((options: DriftOptions) =>
    runDecision(() => (options.policy === "evidently" ? runEvidently(options) : runDrift(options))),
  );
}
