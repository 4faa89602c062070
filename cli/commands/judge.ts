import { readFileSync } from "node:fs";
import type { Command } from "commander";
import {
  type CanaryVerdict,
  type JudgePolicy,
  judgeSeries,
  type Look,
} from "../../core/rollout/judge/index.ts";
import { InputError, readBatches, shown } from "../readers/index.ts";
import {
  addOutputOptions,
  type Finding,
  number,
  type OutputOptions,
  textTable,
  writeFinding,
} from "./support/output.ts";
import { parseJsonFile } from "./support/profiles.ts";
import { EXIT, runDecision } from "./support/run.ts";

interface JudgeOptions extends OutputOptions {
  readonly series: string;
  readonly policy?: string;
}

type Side = "champion" | "challenger";

/**
 * Looks of a file. JSON lines hold one look each. A table has a column per side and number: `champion.requests`,
 * `challenger.requests`, counts as `champion.counts.errors`, values as `champion.values.p95`, and so on.
 */
async function readLooks(file: string): Promise<Look[]> {
  if (/\.(jsonl|ndjson)$/.test(file)) return readJsonLooks(file);
  const looks: Look[] = [];
  for await (const batch of readBatches(file)) {
    for (let i = 0; i < batch.rows; i++) {
      const side = (name: Side): Look[Side] => {
        const numbers: {
          requests: number;
          counts: Record<string, number>;
          values: Record<string, number | null>;
        } = { requests: Number.NaN, counts: {}, values: {} };
        for (const [column, values] of Object.entries(batch.columns)) {
          const [who, kind, metric] = column.split(".");
          if (who !== name) continue;
          const value = values[i];
          if (typeof value !== "number" && !(value === null && kind === "values")) {
            throw new InputError(file, "a number", shown(value), { line: batch.firstLine + i, column });
          }
          if (kind === "requests") numbers.requests = value as number;
          else if (kind === "counts" && metric !== undefined) numbers.counts[metric] = value as number;
          else if (kind === "values" && metric !== undefined) numbers.values[metric] = value;
        }
        if (Number.isNaN(numbers.requests))
          throw new InputError(file, `a column ${name}.requests`, Object.keys(batch.columns).join(", "));
        return numbers;
      };
      looks.push({ champion: side("champion"), challenger: side("challenger") });
    }
  }
  return looks;
}

function readJsonLooks(file: string): Look[] {
  return readFileSync(file, "utf8")
    .split(/\r?\n/)
    .flatMap((text, i) => {
      if (text.trim() === "") return [];
      try {
        const look = JSON.parse(text) as Look;
        if (typeof look?.champion === "object" && typeof look?.challenger === "object") return [look];
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
      }
      throw new InputError(file, "a look as JSON with champion and challenger", shown(text), { line: i + 1 });
    });
}

/** Without a policy: every count is a rate with a margin of half a percent, every value may be 10 % higher. */
function policyFor(looks: readonly Look[]): Partial<JudgePolicy> {
  const names = (key: "counts" | "values"): string[] => [
    ...new Set(looks.flatMap((l) => Object.keys(l.champion[key] ?? {}))),
  ];
  const rates = names("counts").map((name) => ({ name, kind: "rate", margin: 0.005 }) as const);
  const values = names("values").map(
    (name) => ({ name, kind: "value", compare: "ratio", margin: 0.1 }) as const,
  );
  const metrics = [...rates, ...values];
  return metrics.length === 0 ? {} : { metrics };
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
      const looks = await readLooks(options.series);
      const policy =
        options.policy === undefined
          ? policyFor(looks)
          : (parseJsonFile(options.policy) as Partial<JudgePolicy>);
      const verdict = judgeSeries(looks, policy);
      writeFinding(findingOf(verdict), options);
      return { promote: EXIT.good, rollback: EXIT.bad, hold: EXIT.open, continue: EXIT.open }[
        verdict.verdict
      ];
    }),
  );
}
