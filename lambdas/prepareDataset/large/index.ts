/**
 * Data past this Lambda's memory: streams take them in, Athena judges them and divides them into ranges, streams write the files. Each call
 * does one turn of it; what earlier turns did lies in S3, so that a turn may die, come twice or come late.
 */
import type { JobParameters } from "../../../contracts/events.ts";
import type { ModelSpec } from "../../../contracts/modelSpec.ts";
import { createTableSql, dropTableSql, type LargeTable } from "../../../core/dataset/large/sql.ts";
import { mergeProfiles, type ReferenceProfile } from "../../../core/drift/index.ts";
import { readExactly, writeExactly } from "../../../core/validation/exactJson.ts";
import type { SuiteResult } from "../../../core/validation/types.ts";
import { AthenaGoesOn, type AthenaStatements } from "../../shared/athena.ts";
import { messageOf } from "../../shared/errors.ts";
import type { LargeObjects } from "../../shared/largeObjects.ts";
import type { Log } from "../../shared/logger.ts";
import { sha256 } from "../../shared/objects.ts";
import { rangeChars } from "../../shared/ranges.ts";
import { type Clock, TurnOver, Work } from "../../shared/work.ts";
import type { Build } from "../build.ts";
import { claimDataset } from "../claim.ts";
import { checkConsistency } from "../consistency.ts";
import { pushDvc } from "../dvcPush.ts";
import { labelValue, placesOf } from "../freeze.ts";
import { mustHold, type PrepareDependencies, type Prepared, targetOf, validationOf } from "../inMemory.ts";
import { cannotBeSplit } from "../manifest.ts";
import { report, sensitiveColumns } from "../validate.ts";
import { countParts, findCut, isWhole, type PartSizes, ruleOf } from "./cut.ts";
import { freezeLarge } from "./freeze.ts";
import { divideIntoRanges, orderedReader } from "./ordered.ts";
import {
  profileRanges,
  profileTurns,
  type WriteContext,
  type WrittenHistory,
  type WrittenPart,
  writeHistory,
  writePart,
} from "./parts.ts";
import type { LargePlan } from "./plan.ts";
import type { TakenIn } from "./rowIntake.ts";
import { describedTable, runInAthena } from "./suite.ts";
import { groupColumn, takeAllIn } from "./takeAllIn.ts";

export interface LargeDependencies extends PrepareDependencies {
  readonly environment: {
    readonly DATA_BUCKET: string;
    readonly ATHENA_ABOVE_BYTES: string;
    readonly ATHENA_DATABASE: string;
  };
  readonly largeObjects: LargeObjects;
  readonly athena: (key: string) => AthenaStatements;
  readonly log: Log;
}

export type { Clock } from "../../shared/work.ts";

interface Turn {
  readonly dependencies: LargeDependencies;
  readonly build: Build;
  readonly spec: ModelSpec;
  readonly parameters: JobParameters;
  readonly plan: LargePlan;
  readonly clock: Clock;
  readonly work: Work;
  readonly athena: AthenaStatements;
}

/** What the action is told when there is more to do. */
interface Continued {
  readonly done: false;
  readonly continuationToken: string;
}

export async function prepareLarge(
  dependencies: LargeDependencies,
  build: Build,
  parameters: JobParameters,
  plan: LargePlan,
  clock: Clock,
): Promise<Prepared | Continued> {
  const work = await Work.open(dependencies.objects, plan.uri);
  const athena = dependencies.athena(plan.token);
  const turn = { dependencies, build, spec: build.spec, parameters, plan, clock, work, athena };
  try {
    const prepared = await prepare(turn);
    await forgetTable(turn);
    return prepared;
  } catch (error) {
    if (!(error instanceof TurnOver || error instanceof AthenaGoesOn)) {
      await forgetTable(turn);
      throw error;
    }
    dependencies.log.info("more to do", { after: error.message });
    return { done: false, continuationToken: plan.token };
  }
}

async function prepare(turn: Turn): Promise<Prepared> {
  const { dependencies, build, spec, parameters, plan, work, athena } = turn;
  const taken = await takeAllIn(turn);
  const names = namesOf(turn);
  const location = `${plan.uri}/rows/`;
  await work.once(`table-${plan.attempt}`, async () => {
    await athena.query(createTableSql({ ...names, columns: taken.columns.length }, location));
    return location;
  });
  const suite = await work.once("suite", async () =>
    JSON.stringify(
      await runInAthena(athena, build.expectations, describedTable(names, taken), sensitiveColumns(spec)),
      writeExactly,
    ),
  );
  const suiteResult = await report(dependencies, spec, JSON.parse(suite, readExactly) as SuiteResult);
  mustHold(suiteResult);
  const places = placesOf(spec, taken.columns);
  // Only for its error, which is the one that the same data give in memory.
  if (taken.badLabel) labelValue(spec, taken.badLabel.text, taken.badLabel.number);
  const table = {
    ...names,
    columns: taken.columns.length,
    timeAt: places.time,
    groupAt: groupColumn(spec) === null ? null : taken.columns.indexOf(groupColumn(spec) as string),
  };
  const divided = await divide(turn, table, taken, places);
  const summary = divided?.history.summary ?? null;
  const consistency = await checkConsistency(dependencies, spec, summary, parameters.cause);
  if (divided === null) throw cannotBeSplit(spec, taken.rows);
  const { dvc } = spec.data;
  const manifest = await freezeLarge(spec, divided.parts, divided.history, targetOf(dependencies, spec), {
    ...dependencies,
    createdAt: dependencies.now().toISOString(),
    cause: parameters.cause,
    parents: taken.parents,
    validation: validationOf(suiteResult, consistency),
    claim: (datasetId) => claimDataset(dependencies, spec.name, datasetId, taken.parents),
    partsUri: partsUri(plan),
    tableUri: tableUri(plan),
    rows: taken.rows,
    rule: ruleOf(spec, divided.sizes),
    profile: divided.profile,
    share: dvc?.push ? (name, files) => pushDvc(dependencies.dvcRemote, dvc.remote, name, files) : undefined,
  });
  return { suiteResult, consistency, manifest };
}

const partsUri = ({ uri }: LargePlan): string => `${uri}/parts`;
const tableUri = ({ uri }: LargePlan): string => `${uri}/table.csv`;

const namesOf = ({ dependencies, plan }: Turn) => ({
  database: dependencies.environment.ATHENA_DATABASE,
  table: `release_${sha256(plan.uri).slice(0, 20)}`,
});

interface Divided {
  readonly sizes: PartSizes;
  readonly parts: readonly WrittenPart[];
  readonly history: WrittenHistory;
  /** JSON of the reference profile. */
  readonly profile: string;
}

/** Writes the parts and the history; null where the rows cannot be split. */
async function divide(
  { dependencies, spec, plan, clock, work, athena }: Turn,
  table: LargeTable,
  taken: TakenIn,
  places: ReturnType<typeof placesOf>,
): Promise<Divided | null> {
  const isByGroupTime = spec.data.splits.by === "timeAndGroup";
  const { objects, largeObjects, environment } = dependencies;
  const context = { athena, work, table, isByGroupTime, attempt: plan.attempt };
  const ordered = await divideIntoRanges(context, taken, rangeChars(Number(environment.ATHENA_ABOVE_BYTES)));
  const reader = orderedReader(objects, ordered, table);
  const cut = await work.once("cut", () => findCut(spec, ordered, reader));
  if (cut === null) return null;
  const sizes = await work.once("part-sizes", () => countParts(athena, table, cut));
  if (!isWhole(sizes)) return null;
  const writing: WriteContext = { largeObjects, reader, clock, spec, places, cut };
  const parts: WrittenPart[] = [];
  for (const name of ["train", "validation", "holdout"] as const)
    parts.push(await work.turn(`part-${name}`, () => writePart(writing, partsUri(plan), name)));
  const profiles: ReferenceProfile[] = [];
  for (const first of profileTurns(reader))
    profiles.push(await work.turn(`profile-${first}`, () => profileRanges(writing, first)));
  const profile = JSON.stringify(profiles.reduce(mergeProfiles));
  const history = await work.turn("history", () =>
    writeHistory(writing, tableUri(plan), sizes.train.rows + sizes.validation.rows + sizes.holdout.rows),
  );
  return { sizes, parts, history, profile };
}

/** The rows stay for their days in S3; the table is only a name for them. */
async function forgetTable({ dependencies, plan, athena, ...rest }: Turn): Promise<void> {
  try {
    await athena.query(dropTableSql(namesOf({ dependencies, plan, athena, ...rest })));
  } catch (error) {
    dependencies.log.warn("the table of this release stays in the catalog", { reason: messageOf(error) });
  }
}
