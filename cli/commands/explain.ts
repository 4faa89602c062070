/** `sluice explain`: what serves, how it got there, what is under way and what was refused. */
import type { Command } from "commander";
import { ENVIRONMENTS } from "../../contracts/modelSpec.ts";
import {
  keys,
  type LineageRecord,
  type LiveRecord,
  type RetrainingRequestRecord,
  type RetrainingState,
  type RolloutRecord,
} from "../../contracts/records.ts";
import { isFinished } from "../../core/rollout/advance.ts";
import type { Records } from "../../lambdas/shared/records.ts";
import { FOUNDATION_ACCOUNT, openAccount } from "../operations/account.ts";
import { lineageRows } from "../report/lineage.ts";
import { type OutputOptions, textTable, writeFinding } from "./support/output.ts";
import { EXIT } from "./support/run.ts";

interface ExplainOptions extends Pick<OutputOptions, "format" | "out"> {
  readonly model: string;
  readonly prefix: string;
  readonly foundationAccount?: string;
}

interface Explained {
  readonly environments: readonly {
    readonly environment: string;
    readonly live: LiveRecord | null;
    /** How the model in service got there. */
    readonly lineage: LineageRecord | null;
    readonly rollout: RolloutRecord | null;
  }[];
  readonly retraining: RetrainingState | null;
  /** Newest first. */
  readonly requests: readonly RetrainingRequestRecord[];
}

const REQUESTS_SHOWN = 5;

export function register(program: Command): void {
  program
    .command("explain")
    .description(
      "tells which model serves in each environment, by which commit, data, verdict and person, what is under way, and how retraining stands",
    )
    .requiredOption("--model <name>", "name in model.yaml")
    .option("--format <format>", "text or json", "text")
    .option("--out <file>", "write the result there instead of to the terminal")
    .option("--prefix <prefix>", "the stacks' sluice:prefix", "sluice")
    .option("--foundation-account <id>", FOUNDATION_ACCOUNT)
    .action(async (options: ExplainOptions) => {
      const { records } = await openAccount(options);
      const explained = await explain(records, options.model);
      const isKnown = explained.environments.some(({ live, rollout }) => live ?? rollout);
      writeFinding(
        {
          title: options.model,
          text: isKnown ? textOf(explained) : `no record of ${options.model}: it was never deployed`,
          json: explained,
          bars: [],
        },
        options,
      );
      process.exitCode = isKnown ? EXIT.good : EXIT.bad;
    });
}

/** Reads everything that the records table knows about a model's endpoints and retraining. */
export async function explain(records: Records, modelName: string): Promise<Explained> {
  const lineage = await records.list<LineageRecord>(`LINEAGE#${modelName}`, "");
  const environments = await Promise.all(
    ENVIRONMENTS.map(async (environment) => {
      const [live, rollout] = await Promise.all([
        records.load<LiveRecord>(keys.live(environment, modelName)),
        records.load<RolloutRecord>(keys.rollout(environment, modelName)),
      ]);
      const deployments = lineage.filter((entry) => entry.environment === environment);
      return { environment, live, lineage: deployments.at(-1) ?? null, rollout };
    }),
  );
  const { pk } = keys.retraining(modelName);
  const requests = await records.list<RetrainingRequestRecord>(pk, "REQUEST#");
  return {
    environments,
    retraining: await records.load<RetrainingState>(keys.retraining(modelName)),
    requests: requests.sort((a, b) => (a.decidedAt < b.decidedAt ? 1 : -1)).slice(0, REQUESTS_SHOWN),
  };
}

function textOf({ environments, retraining, requests }: Explained): string {
  const parts = environments.flatMap(({ environment, live, lineage, rollout }) => {
    if (!live && !rollout) return [];
    const lines = [environment];
    if (live)
      lines.push(
        `  serves ${live.live.endpointConfigName} (release ${live.live.releaseId}) since ${live.live.deployedAt}; ${live.previous ? `${live.previous.endpointConfigName} stands ready to go back to` : "nothing stands ready to go back to"}`,
      );
    if (lineage) lines.push(...lineageRows(lineage).map(([name, value]) => `  ${name.padEnd(14)}${value}`));
    if (rollout && !isFinished(rollout.phase))
      lines.push(
        `  under way: ${rollout.kind} to ${rollout.requestedConfigName}, ${rollout.phase}: ${rollout.history.at(-1)?.message ?? ""}`,
      );
    else if (rollout?.result) lines.push(`  last rollout ${rollout.result.code}: ${rollout.result.message}`);
    return [lines.join("\n")];
  });
  if (retraining?.preparing)
    parts.push(
      `the data of retraining ${retraining.preparing.requestId} (${retraining.preparing.cause}) are joined since ${retraining.preparing.since}, execution ${retraining.preparing.join.execution}`,
    );
  if (retraining?.running)
    parts.push(
      `retraining ${retraining.running.requestId} (${retraining.running.cause}) runs since ${retraining.running.startedAt}`,
    );
  if (requests.length > 0)
    parts.push(
      `answers to requests for retraining, newest first\n${textTable(requests.map((one) => [one.decidedAt, one.cause, one.decision, one.reason]))}`,
    );
  return parts.join("\n\n");
}
