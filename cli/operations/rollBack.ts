/** Takes an environment back to the model before, or cancels the rollout that is under way. Needs neither the new model nor the pipeline. */
import { createHash } from "node:crypto";
import { SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import { StartExecutionCommand } from "@aws-sdk/client-sfn";
import { keys, type LiveRecord, type RolloutRecord } from "../../contracts/records.ts";
import { isFinished } from "../../core/rollout/advance.ts";
import { rolloutAlarms } from "../../lambdas/advanceRollout/names.ts";
import { change } from "../../lambdas/shared/records.ts";
import type { Account } from "./account.ts";

export interface RollBackRequest {
  readonly modelName: string;
  readonly environment: string;
  /** Why, for the record. */
  readonly reason: string;
}

export interface RollBackAnswer {
  readonly outcome: "cancelled" | "started" | "under-way" | "nothing-to-go-back-to";
  readonly message: string;
}

/** Twice is harmless: a cancelled rollout stays cancelled, and one deployment is rolled back once. */
export async function rollBack(account: Account, request: RollBackRequest): Promise<RollBackAnswer> {
  const { records } = account;
  const { modelName, environment } = request;
  const rollout = await records.load<RolloutRecord>(keys.rollout(environment, modelName));
  if (rollout && !isFinished(rollout.phase))
    return rollout.kind === "rollback"
      ? {
          outcome: "under-way",
          message: `rollback ${rollout.rolloutId} to ${rollout.requestedConfigName} is under way`,
        }
      : cancel(account, request, rollout);
  const live = await records.load<LiveRecord>(keys.live(environment, modelName));
  if (!live?.previous)
    return {
      outcome: "nothing-to-go-back-to",
      message: live
        ? `${live.live.endpointConfigName} (release ${live.live.releaseId}) serves and no model before it stands ready; release an older commit instead`
        : `no model of that name was deployed to ${environment}`,
    };
  return start(account, request, live, live.previous.endpointConfigName);
}

async function cancel(
  { records, cloudwatch, caller }: Account,
  { modelName, environment, reason }: RollBackRequest,
  { rolloutId, requestedConfigName, fromConfigName }: RolloutRecord,
): Promise<RollBackAnswer> {
  await change<RolloutRecord>(records, keys.rollout(environment, modelName), null, (current) =>
    current.rolloutId === rolloutId && !isFinished(current.phase) && !current.cancelRequested
      ? {
          ...current,
          cancelRequested: true,
          history: [
            ...current.history,
            {
              at: new Date().toISOString(),
              phase: current.phase,
              message: `cancelled by ${caller}: ${reason}`,
            },
          ],
        }
      : current,
  );
  await tripAbortAlarm(cloudwatch, requestedConfigName, `${caller}: ${reason}`);
  return {
    outcome: "cancelled",
    message: `rollout ${rolloutId} of ${requestedConfigName} is cancelled; ${fromConfigName} goes on serving`,
  };
}

/** The alarm exists once the endpoint is being updated; before that the cancelled record is enough. */
async function tripAbortAlarm(
  cloudwatch: Account["cloudwatch"],
  configName: string,
  reason: string,
): Promise<void> {
  try {
    await cloudwatch.send(
      new SetAlarmStateCommand({
        AlarmName: rolloutAlarms(configName).abort,
        StateValue: "ALARM",
        StateReason: reason.slice(0, 1023),
      }),
    );
  } catch (error) {
    if (!(error instanceof Error && /ResourceNotFound/.test(error.name))) throw error;
  }
}

async function start(
  { states, rolloutMachineArn, caller }: Account,
  { modelName, environment, reason }: RollBackRequest,
  { live }: LiveRecord,
  target: string,
): Promise<RollBackAnswer> {
  // Named by the deployment that is taken back: a second request for it starts nothing.
  const key = createHash("sha256").update(`${live.endpointConfigName}@${live.deployedAt}`).digest("hex");
  const name = `rollback-${key.slice(0, 24)}`;
  const message = `${live.endpointConfigName} goes back to ${target}: execution ${name} of ${environment}'s rollout machine`;
  try {
    await states.send(
      new StartExecutionCommand({
        stateMachineArn: rolloutMachineArn(environment),
        name,
        input: JSON.stringify({ modelName, kind: "rollback", reason, requestedBy: caller }),
      }),
    );
    return { outcome: "started", message };
  } catch (error) {
    if (!(error instanceof Error && error.name === "ExecutionAlreadyExists")) throw error;
    return { outcome: "under-way", message: `asked for before: ${message}` };
  }
}
