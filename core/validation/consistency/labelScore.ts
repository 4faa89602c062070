/** Rows below this, or of the rarer class, say nothing about leakage: a perfect split of ten is chance. */
const LEAST_ROWS = 100;
const LEAST_OF_CLASS = 20;

/** One value of a column with its label; `isFirst`: which half of the rows it belongs to, whatever their order. */
export interface Scored {
  readonly text: string;
  readonly label: number;
  readonly isFirst: boolean;
}

/**
 * How well one column alone tells the label, 0 to 1 (see ColumnFacts.labelScore). Categories are rated on one half of the rows and scored on
 * the other, else an id would tell everything. Missing values are a value of their own, the lowest.
 */
export function labelScore(
  rows: readonly Scored[],
  type: "numeric" | "categorical",
  task: "binary-classification" | "regression",
): number | null {
  const points = type === "numeric" ? numericPoints(rows) : ratedPoints(rows);
  const isClass = task === "binary-classification";
  const positives = points.filter((point) => point.label === 1).length;
  const isFew = isClass && Math.min(positives, points.length - positives) < LEAST_OF_CLASS;
  if (points.length < LEAST_ROWS || isFew) return null;
  if (!isClass) return squaredRankCorrelation(points);
  const auc = areaUnderCurve(points);
  return type === "numeric" ? Math.max(auc, 1 - auc) : auc;
}

interface Point {
  readonly x: number;
  readonly label: number;
}

function numericPoints(rows: readonly Scored[]): Point[] {
  return rows.map(({ text, label }) => {
    const value = text === "" ? -Infinity : Number(text);
    return { x: Number.isNaN(value) ? -Infinity : value, label };
  });
}

/** Mean label of the category in the first half, for the rows of the second; a new category has the mean of all. */
function ratedPoints(rows: readonly Scored[]): Point[] {
  const rates = new Map<string, { sum: number; count: number }>();
  let [sum, count] = [0, 0];
  for (const { text, label, isFirst } of rows) {
    if (!isFirst) continue;
    const rate = rates.get(text) ?? { sum: 0, count: 0 };
    rates.set(text, { sum: rate.sum + label, count: rate.count + 1 });
    sum += label;
    count++;
  }
  return rows
    .filter((row) => !row.isFirst)
    .map(({ text, label }) => {
      const rate = rates.get(text) ?? { sum, count };
      return { x: rate.count === 0 ? 0 : rate.sum / rate.count, label };
    });
}

/** Mean ranks, from 1; ties share theirs. */
function ranksOf(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => compare(values[a] as number, values[b] as number));
  const ranks = new Array<number>(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && values[order[to] as number] === values[order[from] as number]) to++;
    for (let i = from; i < to; i++) ranks[order[i] as number] = (from + to + 1) / 2;
    from = to;
  }
  return ranks;
}

const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);

/** Mann and Whitney's U over its most. */
function areaUnderCurve(points: readonly Point[]): number {
  const ranks = ranksOf(points.map((point) => point.x));
  let [sum, positives] = [0, 0];
  points.forEach((point, i) => {
    if (point.label !== 1) return;
    sum += ranks[i] as number;
    positives++;
  });
  return (sum - (positives * (positives + 1)) / 2) / (positives * (points.length - positives));
}

/** Spearman's rho, squared; null when one side is constant. */
function squaredRankCorrelation(points: readonly Point[]): number | null {
  const xs = ranksOf(points.map((point) => point.x));
  const ys = ranksOf(points.map((point) => point.label));
  const mean = (points.length + 1) / 2;
  let [xx, yy, xy] = [0, 0, 0];
  xs.forEach((x, i) => {
    const y = ys[i] as number;
    xx += (x - mean) ** 2;
    yy += (y - mean) ** 2;
    xy += (x - mean) * (y - mean);
  });
  return xx === 0 || yy === 0 ? null : (xy * xy) / (xx * yy);
}
