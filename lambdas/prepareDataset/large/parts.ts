/** Writes the files of a dataset range by range, each file in one turn because its hash is over all of it. */
import type { SplitName } from "../../../contracts/dataset.ts";
import type { ModelSpec } from "../../../contracts/modelSpec.ts";
import { type Cut, partOf } from "../../../core/dataset/large/cut.ts";
import { cellsOf, type OrderedRow } from "../../../core/dataset/large/rows.ts";
import type { ReferenceProfile } from "../../../core/drift/index.ts";
import { type DatasetSummary, SummaryBuilder } from "../../../core/validation/consistency/index.ts";
import type { LargeObjects, ObjectWriter, Written } from "../../shared/largeObjects.ts";
import { csvLine } from "../../shared/table.ts";
import { type Clock, mustHaveTime } from "../../shared/work.ts";
import { labelValue, type placesOf } from "../freeze.ts";
import { TrainingProfile } from "../profile.ts";
import type { OrderedReader } from "./ordered.ts";

export interface WriteContext {
  readonly largeObjects: LargeObjects;
  readonly reader: OrderedReader;
  readonly clock: Clock;
  readonly spec: ModelSpec;
  readonly places: ReturnType<typeof placesOf>;
  readonly cut: Cut;
}

export interface WrittenPart {
  readonly name: SplitName;
  readonly count: number;
  readonly from: string;
  readonly to: string;
  readonly positiveShare: number | null;
  readonly features: Written;
  readonly labels: Written;
}

export const featuresUri = (folder: string, name: SplitName): string => `${folder}/${name}-features.csv`;
export const labelsUri = (folder: string, name: SplitName): string => `${folder}/${name}-labels.csv`;

/** Features and labels of one part. */
export function writePart(context: WriteContext, folder: string, name: SplitName): Promise<WrittenPart> {
  const { largeObjects, reader, clock, spec } = context;
  const uris = [featuresUri(folder, name), labelsUri(folder, name)];
  return withWriters(largeObjects, uris, async ([features, labels]) => {
    // A batch transform reads the holdout row by row: no header there.
    if (name !== "holdout")
      await features.write(`${csvLine(spec.features.map((feature) => feature.name))}\n`);
    let [count, positives, from, to] = [0, 0, "", ""];
    for (let range = 0; range < reader.ranges; range++) {
      mustHaveTime(clock, `part ${name} of ${spec.name}: to write it; take fewer rows`);
      const rows = (await reader.read(range)).filter((row) => partOf(context.cut, row) === name);
      if (count === 0) from = rows[0]?.time ?? "";
      to = rows.at(-1)?.time ?? to;
      count += rows.length;
      for (const some of slicesOf(rows)) {
        const picked = some.map((row) => pick(context, row));
        positives += picked.filter(({ label }) => label === 1).length;
        await features.write(`${picked.map(({ cells }) => csvLine(cells)).join("\n")}\n`);
        await labels.write(`${picked.map(({ label }) => label).join("\n")}\n`);
      }
    }
    return async () => ({
      name,
      count,
      from,
      to,
      positiveShare: spec.task === "binary-classification" ? positives / count : null,
      features: await features.end(),
      labels: await labels.end(),
    });
  });
}

/** Ranges whose profile takes one turn: a gigabyte of text, and a profile of it can be put together with that of others. */
const PROFILED = 64;

/** First ranges of the turns that the reference profile takes. */
export const profileTurns = ({ ranges }: OrderedReader): number[] =>
  Array.from({ length: Math.ceil(ranges / PROFILED) }, (_, turn) => turn * PROFILED);

/** Reference profile of the training rows from a range on, as far as one turn goes. */
export async function profileRanges(context: WriteContext, first: number): Promise<ReferenceProfile> {
  const { reader, clock, spec } = context;
  const profile = new TrainingProfile(spec);
  for (let range = first; range < Math.min(reader.ranges, first + PROFILED); range++) {
    mustHaveTime(clock, `training rows of ${spec.name}: to profile them; take fewer columns`);
    const rows = (await reader.read(range)).filter((row) => partOf(context.cut, row) === "train");
    for (const some of slicesOf(rows))
      profile.add(
        some.map((row) => pick(context, row).cells),
        some.map(({ time }) => time),
      );
  }
  return profile.build();
}

export interface WrittenHistory {
  readonly table: Written;
  readonly timeRange: { readonly from: string; readonly to: string };
  readonly summary: DatasetSummary;
}

/** All rows in raw columns, and the summary of those that are in a part. `rows`: how many those are. */
export function writeHistory(context: WriteContext, uri: string, rows: number): Promise<WrittenHistory> {
  const { largeObjects, reader, clock, spec } = context;
  return withWriters(largeObjects, [uri], async ([table]) => {
    const features = spec.features.map(({ name, type }) => ({ name, type }));
    const summary = new SummaryBuilder({ task: spec.task, features }, rows);
    const columns = [spec.time.column, ...features.map(({ name }) => name), spec.label.column];
    await table.write(`${csvLine(columns)}\n`);
    let from: string | undefined;
    let to = "";
    for (let range = 0; range < reader.ranges; range++) {
      mustHaveTime(clock, `data of ${spec.name}: to write them in order; take fewer rows`);
      const rows = await reader.read(range);
      from ??= rows[0]?.time;
      to = rows.at(-1)?.time ?? to;
      for (const some of slicesOf(rows)) {
        const lines = some.map((row) => {
          const { cells, label, labelText } = pick(context, row);
          const part = partOf(context.cut, row);
          if (part !== "purged") summary.add({ part, time: row.time, cells, label });
          return csvLine([row.time, ...cells, labelText]);
        });
        await table.write(`${lines.join("\n")}\n`);
      }
    }
    return async () => ({
      table: await table.end(),
      timeRange: { from: from ?? "", to },
      summary: summary.build(context.cut.by === "group"),
    });
  });
}

interface Picked {
  readonly cells: readonly string[];
  readonly label: number;
  readonly labelText: string;
}

/** The model's columns of a row. */
function pick({ spec, places }: WriteContext, row: OrderedRow): Picked {
  const raw = cellsOf(row);
  const labelText = raw[places.label] as string;
  return {
    cells: places.features.map((at) => raw[at] as string),
    label: labelValue(spec, labelText, row.number),
    labelText,
  };
}

/** Rows whose cells are in memory at once. */
const SLICE = 4096;

function* slicesOf<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < rows.length; from += SLICE) yield rows.slice(from, from + SLICE);
}

/** Runs `work`, then what it gives; when either fails, no upload is left behind. */
async function withWriters<T>(
  largeObjects: LargeObjects,
  uris: readonly string[],
  work: (writers: readonly [ObjectWriter, ObjectWriter]) => Promise<() => Promise<T>>,
): Promise<T> {
  const writers = uris.map((uri) => largeObjects.writer(uri));
  try {
    const end = await work(writers as unknown as readonly [ObjectWriter, ObjectWriter]);
    return await end();
  } catch (error) {
    await Promise.allSettled(writers.map((writer) => writer.abandon()));
    throw error;
  }
}
