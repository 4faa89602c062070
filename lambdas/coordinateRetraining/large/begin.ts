/** Begins a join in many turns: the brake "one at a time" is set first, then the state machine starts that asks for the turns. */
import { StartExecutionCommand } from "@aws-sdk/client-sfn";
import {
  keys,
  type PreparingRetraining,
  type RetrainingJoin,
  type RetrainingState,
} from "../../../contracts/records.ts";
import { INITIAL_RETRAINING_STATE } from "../../../core/retraining/decide.ts";
import { joinBegun, joinEnded } from "../../../core/retraining/joining.ts";
import { sha256 } from "../../shared/objects.ts";
import { change } from "../../shared/records.ts";
import type { Answer, Asked, Dependencies } from "../dependencies.ts";
import type { Facts, Sources } from "../facts.ts";
import { mustBeFree } from "../start.ts";
import { keepPlan } from "./plan.ts";

/** `planUri`: a plan that this request's data were joined by before, and whose steps are gone on with. */
export async function beginJoin(
  dependencies: Dependencies,
  asked: Asked,
  facts: Facts,
  sources: Sources,
  planUri: string | undefined,
): Promise<Answer> {
  const { records, objects, environment, log, now } = dependencies;
  const { modelName, requestId, causeKey, cause, requestedAt } = asked;
  const folder = `s3://${environment.DATA_BUCKET}/work/${modelName}-retraining/${requestId}`;
  const plan = planUri ?? (await keepPlan(objects, folder, facts, sources));
  const since = now().toISOString();
  // Each beginning is an execution of its own: what an earlier one left behind is no obstacle, and Athena is asked anew.
  const execution = `${requestId}-${sha256(`${plan}/${since}`).slice(0, 8)}`;
  const join: RetrainingJoin = { plan, execution, requestedAt };
  const preparing: PreparingRetraining = { requestId, causeKey, cause, join, since };
  await change<RetrainingState>(records, keys.retraining(modelName), INITIAL_RETRAINING_STATE, (current) => {
    mustBeFree(current, requestId, now());
    return joinBegun(current, preparing);
  });
  await startExecution(dependencies, modelName, join);
  log.info("captures and labels are joined in many turns", { requestId, execution });
  return { decision: "joining", reason: `captures and labels are joined by execution ${execution}` };
}

/**
 * Whether this request's data are being joined: an execution that a death left unstarted is started, and one that ended without an answer,
 * because somebody stopped it, is forgotten.
 */
export async function resumeJoin(
  dependencies: Dependencies,
  { modelName, requestId }: Asked,
  { running, preparing }: RetrainingState,
): Promise<boolean> {
  const join = [preparing, running].find((one) => one?.requestId === requestId)?.join;
  if (join === undefined) return false;
  if (await startExecution(dependencies, modelName, join)) return true;
  await change<RetrainingState>(dependencies.records, keys.retraining(modelName), null, (current) =>
    joinEnded(current, join.execution),
  );
  return false;
}

/** The same name and input is the same execution while it runs; false when it has ended. */
async function startExecution(
  { environment, states }: Dependencies,
  modelName: string,
  { execution }: RetrainingJoin,
): Promise<boolean> {
  try {
    await states.send(
      new StartExecutionCommand({
        stateMachineArn: environment.JOIN_STATE_MACHINE_ARN,
        name: execution,
        input: JSON.stringify({ modelName }),
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === "ExecutionAlreadyExists") return false;
    throw error;
  }
}
