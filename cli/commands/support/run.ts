import { ProblemsError } from "../../../core/problemsError.ts";
import { StatisticsError } from "../../../core/statistics/index.ts";
import { InputError } from "../../readers/index.ts";

/** Exit statuses of the decision commands. */
export const EXIT = { good: 0, badInput: 2, bad: 3, open: 4 } as const;

const BAD_INPUT = [InputError, ProblemsError, StatisticsError];

/** Runs a command and sets the exit status: what it decided, or 2 with one message on bad input. */
export async function runDecision(command: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await command();
  } catch (error) {
    const isFileError = error instanceof Error && "syscall" in error;
    if (!isFileError && !BAD_INPUT.some((kind) => error instanceof kind)) throw error;
    process.stderr.write(`error: ${(error as Error).message}\n`);
    process.exitCode = EXIT.badInput;
  }
}
