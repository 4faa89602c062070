import type { Command } from "commander";
import {
  type CanaryVerdict,
  type JudgePolicy,
  judgeCanary,
  type Look,
} from "../../core/rollout/judge/index.ts";
import { InputError } from "../readers/index.ts";
import { readLooks } from "./support/looks.ts";
import {
  addOutputOptions,
  type Finding,
  number,
  type OutputOptions,
  textTable,
  writeFinding,
} from "./support/output.ts";
import { EXIT, runDecision } from "./support/run.ts";

interface JudgeOptions extends OutputOptions {
  readonly series: string;
  readonly policy?: string;
}

/**
 * Without a policy: every count that a champion has is a rate with a margin of half a percent, every value may be 10 % higher. Reads the
 * whole file, so that a broken line is found wherever it stands.
 */
async function policyFor(file: string): Promise<Partial<JudgePolicy>> {
  const [rates, values] = [new Set<string>(), new Set<string>()];
  let hasLooks = false;
  for await (const { champion } of readLooks(file)) {
    hasLooks = true;
    for (const name of Object.keys(champion.counts ?? {})) rates.add(name);
    for (const name of Object.keys(champion.values ?? {})) values.add(name);
  }
  if (!hasLooks) throw new InputError(file, "at least one look", "none");
  const metrics = [
    ...Array.from(rates, (name) => ({ name, kind: "rate", margin: 0.005 }) as const),
    ...Array.from(values, (name) => ({ name, kind: "value", compare: "ratio", margin: 0.1 }) as const),
  ];
  return metrics.length === 0 ? {} : { metrics };
}

/**
 * Judges look after look until a promotion, a rollback, or the look after which the policy asks a person: no more looks than
 * that are ever in memory.
 */
async function judgeFile(file: string, policy: Partial<JudgePolicy>): Promise<CanaryVerdict> {
  const looks: Look[] = [];
  let verdict = judgeCanary(looks, policy);
  for await (const look of readLooks(file)) {
    looks.push(look);
    verdict = judgeCanary(looks, policy);
    const isOver = verdict.verdict === "hold" && looks.length >= verdict.policy.maximumLooks;
    if (verdict.verdict === "promote" || verdict.verdict === "rollback" || isOver) break;
  }
  return verdict;
}

function findingOf(verdict: CanaryVerdict): Finding {
  const { requests } = verdict;
  const rows = verdict.findings.map((f) => [
    f.metric,
    f.status,
    number(f.champion),
    number(f.challenger),
    number(f.difference),
    number(f.low),
    number(f.high),
    number(f.margin),
  ]);
  return {
    title: `Canary: ${verdict.verdict}`,
    text: `${verdict.verdict} (${verdict.reason}${verdict.metric === null ? "" : `: ${verdict.metric}`}) after ${verdict.looks} looks, ${requests.champion} and ${requests.challenger} requests\n\n${textTable([["metric", "status", "champion", "challenger", "difference", "low", "high", "margin"], ...rows])}`,
    json: verdict,
    bars: verdict.findings.map((f) => ({
      title: f.metric,
      series: ["value"],
      rows: [
        { label: "champion", values: [f.champion ?? 0] },
        { label: "challenger", values: [f.challenger ?? 0] },
      ],
    })),
  };
}

export function register(program: Command): void {
  const command = program
    .command("judge")
    .description("judge a canary look after look; exits 0 promote, 3 rollback, 4 hold or continue")
    .requiredOption(
      "--series <file>",
      "looks, oldest first (JSONL, or CSV with champion.requests, champion.counts.errors, ...)",
    )
    .option("--policy <file>", "JSON file with fields of a judge policy");
  addOutputOptions(command).action((options: JudgeOptions) =>
    runDecision(async () => {
      const found = await policyFor(options.series);
      const given =
        options.policy === undefined
          ? {}
          : (await import("./support/policies.ts")).readJudgePolicy(options.policy);
      const verdict = await judgeFile(options.series, { ...found, ...given });
      writeFinding(findingOf(verdict), options);
      return { promote: EXIT.good, rollback: EXIT.bad, hold: EXIT.open, continue: EXIT.open }[
        verdict.verdict
      ];
    }),
  );
}
