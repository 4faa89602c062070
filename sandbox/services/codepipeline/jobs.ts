/** Jobs that Lambda functions answer: PutJobSuccessResult, PutJobFailureResult, GetJobDetails. */
import { type Operation, ServiceError } from "../../kernel/types.ts";

export type JobAnswer =
  | {
      readonly kind: "succeeded";
      readonly outputVariables: Readonly<Record<string, string>>;
      readonly summary?: string;
      readonly externalExecutionId?: string;
    }
  | {
      readonly kind: "continued";
      readonly token: string;
      readonly summary?: string;
      readonly percentComplete?: number;
    }
  | {
      readonly kind: "failed";
      readonly type: string;
      readonly message: string;
      readonly externalExecutionId?: string;
    };

export interface Job {
  readonly id: string;
  /** The `jobDetails` of GetJobDetails. */
  readonly details: () => object;
  readonly answer: (answer: JobAnswer) => void;
  open: boolean;
}

const variablesLimit = 122_880;

export class JobStore {
  private readonly byId = new Map<string, Job>();

  add(job: Job): void {
    this.byId.set(job.id, job);
  }

  operations(): Record<string, Operation> {
    return {
      GetJobDetails: (input) => ({ jobDetails: this.get(input.jobId).details() }),
      PutJobSuccessResult: (input) => {
        const job = this.openJob(input.jobId);
        if (input.continuationToken !== undefined && input.outputVariables !== undefined) {
          throw new ServiceError(
            "ValidationException",
            "outputVariables cannot be given together with a continuationToken.",
          );
        }
        const bytes = Buffer.byteLength(JSON.stringify(input.outputVariables ?? {}));
        if (bytes > variablesLimit) {
          throw new ServiceError(
            "OutputVariablesSizeExceededException",
            `Output variables: at most ${variablesLimit} bytes, got ${bytes}.`,
          );
        }
        const { summary, externalExecutionId, percentComplete } = input.executionDetails ?? {};
        const shared = { ...(summary !== undefined ? { summary } : {}) };
        if (input.continuationToken !== undefined) {
          job.answer({
            kind: "continued",
            token: input.continuationToken,
            ...shared,
            ...(percentComplete !== undefined ? { percentComplete } : {}),
          });
          return {};
        }
        job.open = false;
        job.answer({
          kind: "succeeded",
          outputVariables: input.outputVariables ?? {},
          ...shared,
          ...(externalExecutionId ? { externalExecutionId } : {}),
        });
        return {};
      },
      PutJobFailureResult: (input) => {
        const job = this.openJob(input.jobId);
        job.open = false;
        const { type, message, externalExecutionId } = input.failureDetails;
        job.answer({
          kind: "failed",
          type,
          message,
          ...(externalExecutionId ? { externalExecutionId } : {}),
        });
        return {};
      },
    };
  }

  private get(id: string): Job {
    const job = this.byId.get(id);
    if (!job) throw new ServiceError("JobNotFoundException", `No job found with ID: ${id}`);
    return job;
  }

  private openJob(id: string): Job {
    const job = this.get(id);
    if (!job.open)
      throw new ServiceError("InvalidJobStateException", `The job ${id} is not in progress any more.`);
    return job;
  }
}
