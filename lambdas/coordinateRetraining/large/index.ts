/**
 * Captures and labels past this Lambda's memory: streams take them in, Athena joins them, streams merge them with the history. Each call does
 * one turn of it; what earlier turns did lies in S3, so that a turn may die, come twice or come late.
 */
import type { JoinOutput, JoinTurn } from "../../../contracts/events.ts";
import { keys, type RetrainingJoin, type RetrainingState } from "../../../contracts/records.ts";
import type { Joined } from "../../../core/dataset/join.ts";
import { decideRetraining, type RetrainingDecision } from "../../../core/retraining/decide.ts";
import { joinEnded, joinFailed } from "../../../core/retraining/joining.ts";
import { AthenaGoesOn } from "../../shared/athena.ts";
import { rangeChars } from "../../shared/ranges.ts";
import { change } from "../../shared/records.ts";
import { type Clock, TurnOver, Work } from "../../shared/work.ts";
import { keepCount, page, record, refuse } from "../answer.ts";
import type { Answer, Asked, Dependencies } from "../dependencies.ts";
import { bytesOf } from "../facts.ts";
import { begin } from "../start.ts";
import { takeCaptures, takeLabels } from "./intake.ts";
import { forgetTables, join, tablesOf } from "./joined.ts";
import { type JoinPlan, loadPlan } from "./plan.ts";
import { type Counted, countMerged, type TableContext, writeTable } from "./table.ts";

/** Bytes of files that are taken in in one turn, as a multiple of the size past which data are large. */
const TURN_SHARE = 8;
/** Seconds until Athena is asked again. */
const PAUSE = 15;

export async function takeTurn(
  dependencies: Dependencies,
  { join: { modelName, execution }, failure }: JoinTurn,
  clock: Clock,
): Promise<JoinOutput> {
  const { records, log } = dependencies;
  const state = await records.load<RetrainingState>(keys.retraining(modelName));
  const mine = [state?.preparing, state?.running].find((one) => one?.join?.execution === execution);
  if (!state || !mine?.join || state.running?.pipelineExecutionId) {
    // An earlier turn may have died before it could.
    await forgetTables(dependencies, execution);
    return done("nothing is left to do: its pipeline was started, or another execution has taken over");
  }
  const { requestId, causeKey, cause, join } = mine;
  const asked: Asked = { modelName, requestId, causeKey, cause, requestedAt: join.requestedAt };
  if (failure) return giveUp(dependencies, asked, join, reasonOf(failure));
  try {
    const { decision, reason } = await joinAndDecide(dependencies, asked, join, state, clock);
    return done(`${decision}: ${reason}`);
  } catch (error) {
    if (!(error instanceof TurnOver || error instanceof AthenaGoesOn)) throw error;
    log.info("more to do", { after: error.message });
    return {
      status: "WAITING",
      waitSeconds: error instanceof AthenaGoesOn ? PAUSE : 0,
      message: error.message,
    };
  }
}

const done = (message: string): JoinOutput => ({ status: "DONE", waitSeconds: 0, message });

async function joinAndDecide(
  dependencies: Dependencies,
  asked: Asked,
  join: RetrainingJoin,
  state: RetrainingState,
  clock: Clock,
): Promise<Answer> {
  const { largeObjects, now } = dependencies;
  const joined = await joinAll(dependencies, join, clock);
  const { counts, counted, merging } = joined;
  const { spec, work } = merging;
  const { freshRows } = counted.state;
  const decision = decideRetraining(state, asked, spec.retraining, now(), freshRows);
  if (!decision.start) return refuseJoined(dependencies, asked, join, state, decision, joined);
  const tableUri = `${work.uri}/data.csv`;
  const table = await work.turn("table", () => writeTable(merging, counted, tableUri));
  const answer = await begin(dependencies, asked, decision, {
    counts,
    skipped: joined.skipped,
    table: table.counts,
    place: (target) => largeObjects.copy(tableUri, target, table.bytes, "text/csv"),
    join,
  });
  await forgetTables(dependencies, join.execution);
  return answer;
}

interface JoinedAll {
  readonly plan: JoinPlan;
  readonly counts: Joined["counts"];
  readonly skipped: Readonly<Record<string, number>>;
  readonly merging: TableContext;
  readonly counted: Counted;
}

async function joinAll(
  dependencies: Dependencies,
  { plan: uri, execution }: RetrainingJoin,
  clock: Clock,
): Promise<JoinedAll> {
  const { objects, largeObjects, environment } = dependencies;
  const { plan, spec } = await loadPlan(objects, uri);
  const above = Number(environment.ATHENA_ABOVE_BYTES);
  const work = await Work.open(objects, uri);
  const context = { objects, largeObjects, clock, work, spec };
  const intake = { ...context, turnBytes: TURN_SHARE * above };
  const captures = await takeCaptures(intake, plan.served);
  const labels = await takeLabels(intake, plan.labels);
  const { counts, ...ranges } = await join(
    { athena: dependencies.athena(execution), work, attempt: execution.slice(-8) },
    tablesOf(environment.ATHENA_DATABASE, execution),
    { captures, labels },
    rangeChars(above),
  );
  const merging = { ...context, historyUri: plan.history.uri, ranges };
  return { plan, counts, skipped: captures.skipped, merging, counted: await countMerged(merging) };
}

/** The brake is released last, after the answer and what it counted are kept. */
async function refuseJoined(
  dependencies: Dependencies,
  asked: Asked,
  { execution }: RetrainingJoin,
  state: RetrainingState,
  decision: RetrainingDecision,
  { plan, counts, counted }: JoinedAll,
): Promise<Answer> {
  await keepCount(dependencies, asked.modelName, {
    datasetId: plan.datasetId,
    labels: counts.labels,
    labelBytes: bytesOf(plan.labels),
    unmatched: counts.labelsWithoutObservation,
    freshRows: counted.state.freshRows,
  });
  const answer = await refuse(dependencies, asked, decision, state);
  await forgetTables(dependencies, execution);
  await change<RetrainingState>(dependencies.records, keys.retraining(asked.modelName), null, (current) =>
    joinEnded(current, execution),
  );
  return answer;
}

/** What its last turn said, where it could say it. */
function reasonOf({ Error: code, Cause: cause }: NonNullable<JoinTurn["failure"]>): string {
  try {
    return `${code}: ${(JSON.parse(cause) as { errorMessage: string }).errorMessage}`;
  } catch {
    return `${code}: ${cause}`;
  }
}

/** The brake is released last: whatever dies on the way is done again, and a person may be told twice but not never. */
async function giveUp(
  dependencies: Dependencies,
  asked: Asked,
  join: RetrainingJoin,
  message: string,
): Promise<JoinOutput> {
  const { records, now } = dependencies;
  const { modelName } = asked;
  await page(dependencies, `Retraining of ${modelName}: captures and labels were not joined`, message);
  await record(dependencies, asked, { start: false, reason: "join-failed", message, numbers: {} });
  await forgetTables(dependencies, join.execution);
  await change<RetrainingState>(records, keys.retraining(modelName), null, (current) =>
    joinFailed(current, join.execution, now()),
  );
  return done(message);
}
