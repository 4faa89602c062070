/** `sluice rollback`: back to the model before, or out of the rollout that is under way. */
import { type Command, Option } from "commander";
import { ENVIRONMENTS } from "../../contracts/modelSpec.ts";
import { FOUNDATION_ACCOUNT, openAccount } from "../operations/account.ts";
import { rollBack } from "../operations/rollBack.ts";
import { EXIT } from "./support/run.ts";

interface RollbackOptions {
  readonly model: string;
  readonly environment: string;
  readonly reason: string;
  readonly prefix: string;
  readonly foundationAccount?: string;
}

export function register(program: Command): void {
  program
    .command("rollback")
    .description(
      "takes an endpoint back to the model before, or cancels its rollout; exit status 3 when there is nothing to go back to",
    )
    .requiredOption("--model <name>", "name in model.yaml")
    .addOption(new Option("--environment <name>", "where").choices([...ENVIRONMENTS]).default("prod"))
    .requiredOption("--reason <text>", "why, for the record")
    .option("--prefix <prefix>", "the stacks' sluice:prefix", "sluice")
    .option("--foundation-account <id>", FOUNDATION_ACCOUNT)
    .action(async ({ model, environment, reason, ...place }: RollbackOptions) => {
      const answer = await rollBack(await openAccount(place), { modelName: model, environment, reason });
      console.log(answer.message);
      process.exitCode = answer.outcome === "nothing-to-go-back-to" ? EXIT.bad : EXIT.good;
    });
}
