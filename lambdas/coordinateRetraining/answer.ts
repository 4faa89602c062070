/** Answers that are kept: why a request was refused, and what its join found. */
import { PublishCommand } from "@aws-sdk/client-sns";
import {
  keys,
  type LabelCount,
  type RetrainingRequestRecord,
  type RetrainingState,
} from "../../contracts/records.ts";
import { INITIAL_RETRAINING_STATE, type RetrainingDecision } from "../../core/retraining/decide.ts";
import { joinCounted } from "../../core/retraining/joining.ts";
import { change } from "../shared/records.ts";
import type { Answer, Asked, Dependencies } from "./dependencies.ts";

export async function refuse(
  dependencies: Dependencies,
  asked: Asked,
  decision: RetrainingDecision,
  state: Pick<RetrainingState, "withoutHelp">,
): Promise<Answer> {
  const { log } = dependencies;
  const isNews = await record(dependencies, asked, decision);
  if (decision.reason === "gave-up" && isNews && state.withoutHelp > 0)
    await page(dependencies, `Retraining of ${asked.modelName} needs a person`, decision.message);
  log.info("retraining refused", {
    requestId: asked.requestId,
    reason: decision.reason,
    message: decision.message,
  });
  return { decision: "refused", reason: decision.message };
}

/** One record an answer; the sweep's repeated question with the same answer is written once. */
export async function record(
  { records, now }: Dependencies,
  asked: Asked,
  decision: RetrainingDecision,
): Promise<boolean> {
  const item: RetrainingRequestRecord = {
    requestId: asked.requestId,
    causeKey: asked.causeKey,
    cause: asked.cause,
    requestedAt: asked.requestedAt,
    decidedAt: now().toISOString(),
    decision: decision.start ? "started" : "refused",
    reason: `${decision.reason}: ${decision.message}`,
    numbers: decision.numbers,
  };
  return records.append(
    keys.retrainingRequest(asked.modelName, asked.requestId, decision.start ? "started" : decision.reason),
    item,
  );
}

/** Remembers a join whose rows did not suffice. */
export const keepCount = (
  { records }: Dependencies,
  modelName: string,
  count: LabelCount,
): Promise<unknown> =>
  change<RetrainingState>(records, keys.retraining(modelName), INITIAL_RETRAINING_STATE, (current) =>
    joinCounted(current, count),
  );

export const page = (
  { environment, sns }: Dependencies,
  subject: string,
  message: string,
): Promise<unknown> =>
  sns.send(new PublishCommand({ TopicArn: environment.ALERT_TOPIC_ARN, Subject: subject, Message: message }));
