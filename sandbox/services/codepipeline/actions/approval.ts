/** Manual approval: a token, a notification, and an answer by a person. */
import { ServiceError } from "../../../kernel/types.ts";
import { ActionError, type ActionExecution } from "../execution.ts";
import { type ActionContext, type ActionResult, callAs } from "./context.ts";

interface Decision {
  readonly status: "Approved" | "Rejected";
  readonly summary: string;
  readonly by: string;
}

/** Approvals that wait, by token. */
export class Approvals {
  private readonly waiting = new Map<
    string,
    { action: ActionExecution; decide: (decision: Decision) => void }
  >();

  /** Throws InvalidApprovalTokenException or ApprovalAlreadyCompletedException. */
  decide(action: ActionExecution | undefined, token: string, decision: Decision): void {
    const found = this.waiting.get(token);
    if (!found || found.action !== action) {
      if (action && action.status !== "InProgress") {
        throw new ServiceError(
          "ApprovalAlreadyCompletedException",
          "The approval action has already been approved or rejected.",
        );
      }
      throw new ServiceError(
        "InvalidApprovalTokenException",
        "The approval request already received a response or has expired.",
      );
    }
    this.waiting.delete(token);
    found.decide(decision);
  }

  async run(context: ActionContext, timeoutMs: number): Promise<ActionResult> {
    const { kernel, action } = context;
    const token = kernel.uuid();
    const decision = new Promise<Decision>((decide) => this.waiting.set(token, { action, decide }));
    action.token = token;
    action.abandoned.signal.addEventListener("abort", () => this.waiting.delete(token));
    if (context.configuration.NotificationArn) await notify(context, token, kernel.clock.now() + timeoutMs);
    const { status, summary, by } = await decision;
    delete action.token;
    action.updatedBy = by;
    action.summary = summary;
    if (status === "Approved") return { summary, updatedBy: by };
    throw new ActionError("ActionRejected", summary || "Approval rejected.");
  }
}

async function notify(context: ActionContext, token: string, expires: number): Promise<void> {
  const { kernel, action, execution, configuration } = context;
  const { name } = execution.pipeline;
  const console = `https://console.aws.amazon.com/codesuite/codepipeline/pipelines/${name}/view?region=${kernel.region}`;
  const message = {
    region: kernel.region,
    consoleLink: console,
    approval: {
      pipelineName: name,
      stageName: action.stageName,
      actionName: action.declaration.name,
      token,
      expires: `${new Date(expires).toISOString().slice(0, 16)}Z`,
      externalEntityLink: configuration.ExternalEntityLink ?? null,
      approvalReviewLink: `${console}#/${action.stageName}/${action.declaration.name}/approve/${token}`,
      customData: configuration.CustomData ?? null,
    },
  };
  await callAs(context, "sns", "Publish", {
    TopicArn: configuration.NotificationArn,
    Subject: `APPROVAL NEEDED: AWS CodePipeline ${name} for action ${action.declaration.name}`.slice(0, 100),
    Message: JSON.stringify(message),
  });
}
