/**
 * Answers a request for retraining: brakes first, then a dataset from captures and labels, then the pipeline. A refusal is recorded. Past a
 * size the dataset is joined in many turns that a state machine asks for.
 */
import { createHash } from "node:crypto";
import * as z from "zod";
import {
  type JoinOutput,
  joinTurn,
  type RetrainingRequested,
  retrainingRequested,
} from "../../contracts/events.ts";
import { keys, type RetrainingState } from "../../contracts/records.ts";
import {
  decideRetraining,
  INITIAL_RETRAINING_STATE,
  type RetrainingDecision,
} from "../../core/retraining/decide.ts";
import { labelsAtMost, mostFreshRows } from "../../core/retraining/joining.ts";
import { readLabelFiles } from "../shared/captures.ts";
import { parseInput } from "../shared/input.ts";
import type { StoredObject } from "../shared/objects.ts";
import type { Records } from "../shared/records.ts";
import type { Clock } from "../shared/work.ts";
import { keepCount, refuse } from "./answer.ts";
import { buildTable, collect } from "./dataset.ts";
import type { Answer, Asked, Dependencies } from "./dependencies.ts";
import {
  bytesOf,
  type Facts,
  listLabelFiles,
  listSources,
  loadChampion,
  loadFacts,
  type Sources,
  sourceBytes,
} from "./facts.ts";
import { beginJoin, resumeJoin } from "./large/begin.ts";
import { takeTurn } from "./large/index.ts";
import { begin } from "./start.ts";

export type { Dependencies } from "./dependencies.ts";

const event = z.union([joinTurn, z.object({ detail: retrainingRequested })]);

/** What AWS's context says of the time that is left. */
interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

export function createHandler(dependencies: Dependencies) {
  return async (input: unknown, context?: LambdaContext): Promise<Answer | JoinOutput> => {
    const asked = parseInput("retraining request", event, input);
    const clock: Clock = { left: () => context?.getRemainingTimeInMillis() ?? Number.POSITIVE_INFINITY };
    return "join" in asked ? takeTurn(dependencies, asked, clock) : answer(dependencies, asked.detail);
  };
}

async function answer(dependencies: Dependencies, detail: RetrainingRequested): Promise<Answer> {
  const { records, now } = dependencies;
  const { modelName, causeKey } = detail;
  const [known, begun, champion] = await Promise.all([
    records.load<RetrainingState>(keys.retraining(modelName)),
    begunFor(records, detail),
    loadChampion(dependencies, modelName),
  ]);
  const state = known ?? INITIAL_RETRAINING_STATE;
  // A cause left open by a retraining that failed makes a new request; what runs for it is the one it made.
  const attempt = state.running?.causeKey === causeKey ? Math.max(0, begun - 1) : begun;
  const asked: Asked = {
    modelName,
    requestedAt: detail.requestedAt,
    requestId: requestIdOf(detail, attempt),
    causeKey,
    cause: detail.cause,
  };
  const decide = (labels?: number): RetrainingDecision =>
    decideRetraining(state, asked, champion.spec.retraining, now(), labels);
  const first = decide();
  // Its start is on record already.
  if (first.reason === "under-way") return { decision: "started", reason: first.message };
  if (!first.start) return refuse(dependencies, asked, first, state);
  if (await resumeJoin(dependencies, asked, state))
    return { decision: "joining", reason: "captures and labels are being joined" };
  const facts = await loadFacts(dependencies, champion);
  // Labels are few files: where they cannot suffice, the many capture files need not be read.
  const labels = await listLabelFiles(dependencies, facts);
  const most = mostFreshRows(state, facts.datasetId, await countLabels(dependencies, state, facts, labels));
  const early = decide(most);
  if (!early.start) return refuse(dependencies, asked, early, state);
  const sources = await listSources(dependencies, facts, labels);
  const { running } = state;
  // What was begun one way goes on that way.
  const isLarge = running
    ? running.join !== undefined
    : sourceBytes(sources) > Number(dependencies.environment.ATHENA_ABOVE_BYTES);
  return isLarge
    ? beginJoin(dependencies, asked, facts, sources, running?.join?.plan)
    : retrain(dependencies, asked, facts, sources, state, decide);
}

/** Joins in memory. */
async function retrain(
  dependencies: Dependencies,
  asked: Asked,
  { spec, datasetId }: Facts,
  sources: Sources,
  state: RetrainingState,
  decide: (labels: number) => RetrainingDecision,
): Promise<Answer> {
  const { objects, largeObjects } = dependencies;
  const { rows, counts, skipped } = await collect(objects, spec, sources);
  const { csv, ...table } = await buildTable(largeObjects, spec, sources.history.uri, { rows });
  const decision = decide(table.freshRows);
  if (!decision.start) {
    await keepCount(dependencies, asked.modelName, {
      datasetId,
      labels: counts.labels,
      labelBytes: bytesOf(sources.labels),
      unmatched: counts.labelsWithoutObservation,
      freshRows: table.freshRows,
    });
    return refuse(dependencies, asked, decision, state);
  }
  const place = (uri: string): Promise<void> => objects.put(uri, csv, "text/csv");
  return begin(dependencies, asked, decision, { counts, skipped, table, place });
}

/** How many ids have a label, or at most can have one where the labels are too many to be read. */
async function countLabels(
  { objects, environment }: Dependencies,
  state: RetrainingState,
  { datasetId }: Facts,
  files: readonly StoredObject[],
): Promise<number> {
  const bytes = bytesOf(files);
  if (bytes > Number(environment.ATHENA_ABOVE_BYTES)) return labelsAtMost(state, datasetId, bytes);
  return new Set((await readLabelFiles(objects, files)).map((label) => label.id)).size;
}

/** The same cause gives the same request: an event that comes twice finds the first one's work. */
const requestIdOf = ({ modelName, causeKey }: RetrainingRequested, attempt: number): string =>
  createHash("sha256").update(`${modelName}/${causeKey}/${attempt}`).digest("hex").slice(0, 16);

/** Retrainings that were begun for this cause before. Their records are asked for by name: those of all causes become many. */
async function begunFor(records: Records, detail: RetrainingRequested): Promise<number> {
  for (let attempt = 0; ; attempt += 1) {
    const key = keys.retrainingRequest(detail.modelName, requestIdOf(detail, attempt), "started");
    if ((await records.load(key)) === null) return attempt;
  }
}
