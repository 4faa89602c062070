/** Writes the files of a dataset range by range, each file in one turn because its hash is over all of it. */
import type { SplitName } from "../../../contracts/dataset.ts";
import type { ModelSpec } from "../../../contracts/modelSpec.ts";
import { type Cut, partOf } from "../../../core/dataset/large/cut.ts";
import type { OrderedRow } from "../../../core/dataset/large/rows.ts";
import { type DatasetSummary, SummaryBuilder } from "../../../core/validation/consistency/index.ts";
import type { LargeObjects, ObjectWriter, Written } from "../../shared/largeObjects.ts";
import { csvLine } from "../../shared/table.ts";
import { labelValue, type placesOf } from "../freeze.ts";
import { TrainingProfile } from "../profile.ts";
import type { OrderedReader } from "./ordered.ts";
import { type Clock, mustHaveTime } from "./work.ts";

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
  /** JSON of the reference profile; of the training part only. */
  readonly profile: string | null;
}

export const featuresUri = (folder: string, name: SplitName): string => `${folder}/${name}-features.csv`;
export const labelsUri = (folder: string, name: SplitName): string => `${folder}/${name}-labels.csv`;

/** Features and labels of one part. */
export function writePart(context: WriteContext, folder: string, name: SplitName): Promise<WrittenPart> {
  const { largeObjects, reader, clock, spec, places } = context;
  const uris = [featuresUri(folder, name), labelsUri(folder, name)];
  return withWriters(largeObjects, uris, async ([features, labels]) => {
    const profile = name === "train" ? new TrainingProfile(spec) : null;
    // A batch transform reads the holdout row by row: no header there.
    if (name !== "holdout")
      await features.write(`${csvLine(spec.features.map((feature) => feature.name))}\n`);
    let [count, positives, from, to] = [0, 0, "", ""];
    for (let range = 0; range < reader.ranges; range++) {
      mustHaveTime(clock, `part ${name} of ${spec.name}: to write it; take fewer rows`);
      const rows = (await reader.read(range)).filter((row) => partOfRow(context, row) === name);
      if (rows.length === 0) continue;
      const times = rows.map(({ cells }) => cells[places.time] as string);
      const cells = rows.map((row) => featuresOf(context, row));
      const values = rows.map((row) => labelOf(context, row));
      if (count === 0) from = times[0] as string;
      to = times.at(-1) as string;
      count += rows.length;
      positives += values.filter((value) => value === 1).length;
      profile?.add(cells, times);
      await features.write(`${cells.map(csvLine).join("\n")}\n`);
      await labels.write(`${values.join("\n")}\n`);
    }
    return async () => ({
      name,
      count,
      from,
      to,
      positiveShare: spec.task === "binary-classification" ? positives / count : null,
      features: await features.end(),
      labels: await labels.end(),
      profile: profile?.json() ?? null,
    });
  });
}

export interface WrittenHistory {
  readonly table: Written;
  readonly timeRange: { readonly from: string; readonly to: string };
  readonly summary: DatasetSummary;
}

/** All rows in raw columns, and the summary of those that are in a part. `rows`: how many those are. */
export function writeHistory(context: WriteContext, uri: string, rows: number): Promise<WrittenHistory> {
  const { largeObjects, reader, clock, spec, places } = context;
  return withWriters(largeObjects, [uri], async ([table]) => {
    const features = spec.features.map(({ name, type }) => ({ name, type }));
    const summary = new SummaryBuilder({ task: spec.task, features }, rows);
    const columns = [spec.time.column, ...features.map(({ name }) => name), spec.label.column];
    await table.write(`${csvLine(columns)}\n`);
    let from: string | undefined;
    let to = "";
    for (let range = 0; range < reader.ranges; range++) {
      mustHaveTime(clock, `data of ${spec.name}: to write them in order; take fewer rows`);
      const ordered = await reader.read(range);
      if (ordered.length === 0) continue;
      const lines = ordered.map((row) => {
        const time = row.cells[places.time] as string;
        const cells = featuresOf(context, row);
        const part = partOfRow(context, row);
        if (part !== "purged") summary.add({ part, time, cells, label: labelOf(context, row) });
        return csvLine([time, ...cells, row.cells[places.label] as string]);
      });
      from ??= ordered[0]?.cells[places.time] as string;
      to = ordered.at(-1)?.cells[places.time] as string;
      await table.write(`${lines.join("\n")}\n`);
    }
    return async () => ({
      table: await table.end(),
      timeRange: { from: from ?? "", to },
      summary: summary.build(context.cut.by === "group"),
    });
  });
}

const featuresOf = ({ places }: WriteContext, { cells }: OrderedRow): string[] =>
  places.features.map((at) => cells[at] as string);
const labelOf = ({ spec, places }: WriteContext, { cells, number }: OrderedRow): number =>
  labelValue(spec, cells[places.label] as string, number);
const partOfRow = ({ cut, places }: WriteContext, { cells, place, last }: OrderedRow) =>
  partOf(cut, { time: cells[places.time] as string, place, last });

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
