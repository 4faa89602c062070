/** One turn of a rollout: load the record, look, decide (core), act, save. The state machine waits as long as it is told. */
import type { EnvironmentOf } from "../../contracts/environment.ts";
import { type AdvanceInput, type AdvanceOutput, advanceInput } from "../../contracts/events.ts";
import { readResolvedSpec } from "../../contracts/modelSpec.ts";
import { keys, type LiveRecord, type ReleaseRecord, type RolloutRecord } from "../../contracts/records.ts";
import { advance, isFinished, stepRefused, type Turn } from "../../core/rollout/advance.ts";
import { SluiceError } from "../shared/errors.ts";
import { parseInput } from "../shared/input.ts";
import type { Log } from "../shared/logger.ts";
import type { Objects } from "../shared/objects.ts";
import { mustLoad, type Records } from "../shared/records.ts";
import { applyEffects } from "./apply.ts";
import { compareCaptures } from "./comparison.ts";
import { readLooks } from "./looks.ts";
import { configName } from "./names.ts";
import { type Clients, describeEndpoint, observe } from "./observe.ts";

export interface Dependencies extends Clients {
  readonly environment: EnvironmentOf<"advanceRollout">;
  readonly records: Records;
  readonly objects: Objects;
  readonly log: Log;
  readonly now: () => Date;
}

/** How long a rollout waits for another one that holds the endpoint. */
const LOCK_WAIT_SECONDS = 60;

export function createHandler(dependencies: Dependencies) {
  return async (event: unknown): Promise<AdvanceOutput> => {
    const input = parseInput("input of advanceRollout", advanceInput, event);
    const begun = await begin(dependencies, input);
    if ("waitFor" in begun)
      return {
        status: "WAITING",
        waitSeconds: LOCK_WAIT_SECONDS,
        code: "endpoint-locked",
        message: begun.waitFor,
      };
    return turn(dependencies, begun.record);
  };
}

/** Takes the endpoint for this rollout, or takes the rollout up again. A rollback cancels a release that holds the endpoint. */
async function begin(
  dependencies: Dependencies,
  input: AdvanceInput,
): Promise<{ record: RolloutRecord } | { waitFor: string }> {
  const { environment, records, now, log } = dependencies;
  const key = keys.rollout(environment.ENVIRONMENT_NAME, input.modelName);
  const current = await records.load<RolloutRecord>(key);
  if (current?.rolloutId === input.execution) return { record: current };
  if (current && !isFinished(current.phase)) {
    const isRetry = current.kind === input.kind && current.releaseId === input.releaseId;
    if (isRetry) return { record: current };
    if (input.kind === "rollback" && !current.cancelRequested)
      await records.save(key, { ...current, cancelRequested: true });
    return {
      waitFor: `rollout ${current.rolloutId} of release ${current.releaseId} holds the endpoint (${current.phase})`,
    };
  }
  const live = await records.load<LiveRecord>(keys.live(environment.ENVIRONMENT_NAME, input.modelName));
  const endpointName = `${input.modelName}-${environment.ENVIRONMENT_NAME}`;
  const target =
    input.kind === "rollback"
      ? rollbackTarget(live, endpointName)
      : {
          releaseId: input.releaseId,
          config: configName(input.modelName, environment.ENVIRONMENT_NAME, input.execution),
        };
  const from =
    live?.live.endpointConfigName ?? (await describeEndpoint(dependencies, endpointName)).liveConfigName;
  const at = now().toISOString();
  const record: RolloutRecord = {
    version: current?.version ?? 0,
    rolloutId: input.execution,
    releaseId: target.releaseId,
    modelName: input.modelName,
    environment: environment.ENVIRONMENT_NAME as RolloutRecord["environment"],
    endpointName,
    phase: "preparing",
    kind: input.kind,
    startedAt: at,
    requestedConfigName: target.config,
    fromConfigName: from,
    cancelRequested: false,
    alarmsSeen: [],
    history: [{ at, phase: "preparing", message: `from ${from} to ${target.config}` }],
    result: null,
  };
  log.info("rollout begun", { rolloutId: record.rolloutId, kind: record.kind, from, to: target.config });
  return { record: await records.save(key, record) };
}

function rollbackTarget(
  live: LiveRecord | null,
  endpointName: string,
): { releaseId: string; config: string } {
  if (!live?.previous)
    throw new SluiceError("MissingRecord", `${endpointName}: no previous model stands ready to go back to`);
  return { releaseId: live.previous.releaseId, config: live.previous.endpointConfigName };
}

async function turn(dependencies: Dependencies, record: RolloutRecord): Promise<AdvanceOutput> {
  const { records, environment, now, log } = dependencies;
  if (isFinished(record.phase)) return outputOf(record, 0);
  const liveKey = keys.live(environment.ENVIRONMENT_NAME, record.modelName);
  const [live, release] = await Promise.all([
    records.load<LiveRecord>(liveKey),
    mustLoad<ReleaseRecord>(records, keys.release(record.modelName, record.releaseId)),
  ]);
  const spec = readResolvedSpec(await dependencies.objects.getText(release.specUri));
  const settings = spec.rollout[record.environment];
  if (!settings)
    throw new SluiceError(
      "InvalidInput",
      `rollout.${record.environment}: expected settings in model.yaml of ${record.modelName}, found none`,
    );
  const at = now();
  const besides = { ...dependencies, spec, record, live, now: at };
  const [compared, looks] = await Promise.all([compareCaptures(besides), readLooks(besides)]);
  const seen = await observe(dependencies, record, { isBootstrapLive: live === null, compared, looks }, at);
  const known = { ...record, alarmsSeen: seen.alarmsRaised };
  const context = { ...dependencies, settings, spec, release, live };
  let decided = advance(record, seen, settings);
  let next = withTurn(known, decided, at);
  const refusal = await applyEffects({ ...context, record: next }, decided.effects, seen);
  if (refusal !== null) {
    decided = stepRefused(decided, record, seen, refusal);
    next = withTurn(known, decided, at);
  }
  const saved = await records.save(keys.rollout(record.environment, record.modelName), next);
  if (decided.phase !== record.phase)
    log.info("rollout advanced", {
      rolloutId: record.rolloutId,
      phase: decided.phase,
      reason: decided.message,
    });
  return outputOf(saved, decided.waitSeconds);
}

/** The history keeps changes, not every look. */
function withTurn(record: RolloutRecord, decided: Turn, now: Date): RolloutRecord {
  const last = record.history.at(-1);
  const isNews = last?.phase !== decided.phase || decided.result !== null;
  return {
    ...record,
    ...(decided.shadow ? { shadow: decided.shadow } : {}),
    ...(decided.weights ? { weights: decided.weights } : {}),
    ...(decided.leaving ? { leaving: decided.leaving } : {}),
    phase: decided.phase,
    result: decided.result,
    history: isNews
      ? [...record.history, { at: now.toISOString(), phase: decided.phase, message: decided.message }]
      : record.history,
  };
}

function outputOf(record: RolloutRecord, waitSeconds: number): AdvanceOutput {
  const last = record.history.at(-1);
  const status = record.phase === "succeeded" ? "SUCCEEDED" : isFinished(record.phase) ? "FAILED" : "WAITING";
  return {
    status,
    waitSeconds: status === "WAITING" ? Math.max(1, waitSeconds) : 0,
    code: record.result?.code ?? record.phase,
    message: record.result?.message ?? last?.message ?? "",
  };
}
