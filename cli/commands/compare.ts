import { type Command, InvalidArgumentError } from "commander";
import { type ModelComparison, parseMetricName } from "../../core/evaluation/index.ts";
import {
  addOutputOptions,
  type Finding,
  number,
  type OutputOptions,
  writeFinding,
} from "./support/output.ts";
import { compareFiles } from "./support/paired/compareFiles.ts";
import type { PredictionFiles } from "./support/paired/pairedRows.ts";
import { EXIT, runDecision } from "./support/run.ts";

interface CompareOptions extends OutputOptions, PredictionFiles {
  readonly metric: string;
  readonly margin: number;
  readonly seed: number;
}

function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("Expected a number.");
  return value;
}

/** Read before the files, which may be long. */
function parseMargin(text: string): number {
  const margin = parseNumber(text);
  if (margin < 0) throw new InvalidArgumentError("Expected 0 or more.");
  return margin;
}

function findingOf(comparison: ModelComparison): Finding {
  const { verdict, reason, metric, champion, challenger, difference, interval, margin, rows } = comparison;
  const range =
    interval === null
      ? "no interval"
      : `${100 * interval.confidence} % interval ${number(interval.low)} to ${number(interval.high)}`;
  return {
    title: `Comparison: ${verdict}`,
    text: [
      `${verdict} (${reason})`,
      `${metric}: champion ${number(champion)}, challenger ${number(challenger)}, on ${rows} rows`,
      `difference (positive is better) ${number(difference)}, ${range}, margin ${number(margin)}`,
    ].join("\n"),
    json: comparison,
    bars: [
      {
        title: metric,
        series: ["value"],
        rows: [
          { label: "champion", values: [champion ?? 0] },
          { label: "challenger", values: [challenger ?? 0] },
        ],
      },
    ],
  };
}

export function register(program: Command): void {
  const command = program
    .command("compare")
    .description("may the challenger replace the champion? exits 0 pass, 3 fail, 4 inconclusive")
    .requiredOption("--labels <file>", "true values, one a row; empty where not known yet")
    .requiredOption(
      "--champion <file>",
      "its predictions, in the same order: scores, decided classes, or a column per class",
    )
    .requiredOption("--challenger <file>", "its predictions, in the same order")
    .option("--column <name>", "column of the predictions, when their files have several")
    .option("--label-column <name>", "column of the labels, when their file has several")
    .option(
      "--metric <name>",
      "accuracy, f1, auc, f1_macro, roc_auc_ovr, log_loss, brier, mae, rmse, r2, ...",
      "auc",
    )
    .option("--margin <number>", "how much worse is still fine", parseMargin, 0.01)
    .option("--seed <number>", "of the bootstrap", parseNumber, 1);
  addOutputOptions(command).action((options: CompareOptions) =>
    runDecision(async () => {
      const metric = parseMetricName(options.metric);
      const comparison = await compareFiles(options, metric, options.margin, { seed: options.seed });
      writeFinding(findingOf(comparison), options);
      return { pass: EXIT.good, fail: EXIT.bad, inconclusive: EXIT.open }[comparison.verdict];
    }),
  );
}
