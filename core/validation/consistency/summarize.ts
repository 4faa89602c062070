import { hashName } from "../../statistics/streams/categoricalCounts.ts";
import { labelScore } from "./labelScore.ts";
import type { ColumnFacts, DatasetRows, DatasetSummary } from "./types.ts";

const ISO = /^\d{4}-\d{2}-\d{2}/;
const NUMBER = /^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*$/;

/** Facts about a dataset, one pass a column. Rows of one time may come in any order. */
export function summarizeDataset(data: DatasetRows): DatasetSummary {
  const { times, cells, labels, splits } = data;
  const keys = cells.map((row, i) => hashName(`${row.join("\u0000")}\u0000${labels[i]}`));
  const whole = new Set(keys.map((key, i) => hashName(`${times[i]}\u0000${key}`)));
  const training = new Set(keys.slice(...splits.train));
  const seen = ([from, to]: readonly [number, number]): number =>
    keys.slice(from, to).filter((key) => training.has(key)).length / Math.max(1, to - from);
  return {
    format: "sluice.dataset-summary",
    version: 1,
    task: data.task,
    rows: times.length,
    columns: data.features.map((_, at) => columnFacts(data, at, keys)),
    time: {
      ...timeRangeOf(times),
      isoShare: times.filter((time) => ISO.test(time)).length / Math.max(1, times.length),
    },
    label: moments(labels),
    duplicateShare: 1 - whole.size / Math.max(1, times.length),
    seenInTraining: { validation: seen(splits.validation), holdout: seen(splits.holdout) },
    isTimeOrdered: isOrdered(data),
  };
}

function columnFacts(data: DatasetRows, at: number, keys: readonly number[]): ColumnFacts {
  const { name, type } = data.features[at] as DatasetRows["features"][number];
  const texts = data.cells.map((row) => row[at] ?? "");
  const present = texts.filter((text) => text !== "");
  const [from, to] = data.splits.train;
  const rows = texts.slice(from, to).map((text, i) => ({
    text,
    label: data.labels[from + i] as number,
    // By content, not by place, so that the order of rows changes nothing.
    isFirst: (hashName(`half${keys[from + i]}`) & 1) === 0,
  }));
  const score = labelScore(rows, type, data.task);
  return {
    name,
    kind: present.length === 0 ? "empty" : present.every((text) => NUMBER.test(text)) ? "number" : "text",
    missingShare: 1 - present.length / Math.max(1, texts.length),
    labelScore: score === null ? null : rounded(score),
  };
}

function moments(values: readonly number[]): { mean: number; standardDeviation: number } {
  const mean = values.reduce((sum, x) => sum + x, 0) / Math.max(1, values.length);
  const squares = values.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  return {
    mean: rounded(mean),
    standardDeviation: rounded(Math.sqrt(squares / Math.max(1, values.length - 1))),
  };
}

/** Sums depend on the order of rows in their last digits; what is kept must not. */
const rounded = (x: number): number => Number(x.toPrecision(12));

/** Oldest and newest time, empty without rows. */
export function timeRangeOf(times: readonly string[]): { from: string; to: string } {
  let [from, to] = [times[0] ?? "", times[0] ?? ""];
  for (const time of times) {
    if (time < from) from = time;
    if (time > to) to = time;
  }
  return { from, to };
}

/** Within a part, times never fall; between parts they rise, unless the parts overlap in time. */
function isOrdered({ times, splits, overlapsInTime = false }: DatasetRows): boolean {
  const borders = [splits.validation[0], splits.holdout[0]];
  return times.every((time, i) => {
    const before = times[i - 1];
    if (before === undefined) return true;
    if (!borders.includes(i)) return time >= before;
    return overlapsInTime || time > before;
  });
}
