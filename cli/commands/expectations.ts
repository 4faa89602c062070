import { basename } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { type SuggestedSuite, SuiteSuggester } from "../../core/validation/index.ts";
import { addOutputOptions, type Finding, type OutputOptions, writeFinding } from "./support/output.ts";
import { watchedPass } from "./support/progress.ts";
import { EXIT, runDecision } from "./support/run.ts";

interface SuggestCommandOptions extends OutputOptions {
  readonly data: string;
  readonly name?: string;
  readonly risk: number;
  readonly nextRows: number;
}

function parseShare(value: string): number {
  const share = Number(value);
  if (share > 0 && share <= 1) return share;
  throw new InvalidArgumentError("Expected a number above 0, up to 1.");
}

async function suggest(options: SuggestCommandOptions): Promise<SuggestedSuite> {
  const { risk, nextRows } = options;
  const name = options.name ?? basename(options.data).replace(/\.(csv|jsonl|ndjson|parquet)(\.gz)?$/i, "");
  return watchedPass(options.data, () => {
    const suggester = new SuiteSuggester({ name, risk, nextRows });
    return { add: (batch) => suggester.add(batch), finish: () => suggester.finish() };
  });
}

function findingOf(suite: SuggestedSuite): Finding {
  const lines = suite.expectations.map(({ type, kwargs: { column, ...rest }, severity, notes }) => {
    const where = column === undefined ? "" : `${String(column)} `;
    return `${severity.padEnd(8)}  ${where}${type} ${JSON.stringify(rest)}\n          ${notes}`;
  });
  return {
    title: `Suggested suite: ${suite.name}`,
    text: [
      `${suite.expectations.length} expectations for ${suite.name}; write them with --format json`,
      ...lines,
    ].join("\n"),
    json: suite,
    bars: [],
  };
}

export function register(program: Command): void {
  const command = program
    .command("expectations")
    .description("Great Expectations suites")
    .command("suggest")
    .description("write a suite to start from, with bounds that the next sample of the same source keeps")
    .requiredOption("--data <file>", "data to learn from")
    .option("--name <name>", "name of the suite (default: of the file)")
    .option("--risk <share>", "how often the suite may break though nothing changed", parseShare, 0.01)
    .option("--next-rows <share>", "rows of the next sample at least, as a share of these", parseShare, 0.5);
  addOutputOptions(command).action((options: SuggestCommandOptions) =>
    runDecision(async () => {
      writeFinding(findingOf(await suggest(options)), options);
      return EXIT.good;
    }),
  );
}
