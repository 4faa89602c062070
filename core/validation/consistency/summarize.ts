import { SummaryBuilder } from "./summaryBuilder.ts";
import type { DatasetRows, DatasetSummary } from "./types.ts";

/** Facts about a dataset whose rows are all there. Rows of one time may come in any order. */
export function summarizeDataset(data: DatasetRows): DatasetSummary {
  const { times, cells, labels, splits } = data;
  const builder = new SummaryBuilder(data, times.length);
  for (const part of ["train", "validation", "holdout"] as const)
    for (let i = splits[part][0]; i < splits[part][1]; i++)
      builder.add({
        part,
        time: times[i] as string,
        cells: cells[i] as readonly string[],
        label: labels[i] as number,
      });
  return builder.build(data.overlapsInTime);
}

/** Oldest and newest time, empty without rows. */
export function timeRangeOf(times: readonly string[]): { from: string; to: string } {
  let [from, to] = [times[0] ?? "", times[0] ?? ""];
  for (const time of times) {
    if (time < from) from = time;
    if (time > to) to = time;
  }
  return { from, to };
}
