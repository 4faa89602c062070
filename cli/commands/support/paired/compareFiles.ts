import {
  type ClassLabels,
  type CompareOptions,
  compareModels,
  type MetricName,
  type ModelComparison,
  type Predictions,
} from "../../../../core/evaluation/index.ts";
import {
  areHeld,
  PairedComparison,
  type WalkPlan,
  type WalkResults,
} from "../../../../core/evaluation/paired/index.ts";
import { GrowingDoubles } from "../../../../core/statistics/index.ts";
import { RankedRuns } from "../../../spill/rankedRuns.ts";
import { SpillFile } from "../../../spill/spillFile.ts";
import { type PairedShape, type PairedSink, type PredictionFiles, readPaired } from "./pairedRows.ts";
import { type RankJob, runRankJobs } from "./rankWalks.ts";

/** Records of ranked rows that are in memory before they go to the disk, of all walks together. */
const HELD_RECORDS = 2 ** 20;
/** More at a time are not sorted faster. */
const MOST_RECORDS = 2 ** 17;
const DEFAULTS = { repetitions: 2000, seed: 1 };

/** Numbers of the rows that came so far, in columns. */
class HeldModel {
  readonly labels = new GrowingDoubles();
  readonly columns: readonly GrowingDoubles[];

  constructor(columns: number) {
    this.columns = Array.from({ length: columns }, () => new GrowingDoubles());
  }

  add(label: number, prediction: Float64Array): void {
    this.labels.push(label);
    this.columns.forEach((column, k) => {
      column.push(prediction[k] as number);
    });
  }
}

/** Rows while there are few of them. */
class HeldRows {
  readonly #shape: PairedShape;
  readonly models: readonly [HeldModel, HeldModel];

  constructor(shape: PairedShape) {
    this.#shape = shape;
    const widthOf = ({ hasProbabilities, classes }: PairedShape["readers"][0]): number =>
      hasProbabilities ? (classes?.size ?? 1) : 1;
    this.models = [new HeldModel(widthOf(shape.readers[0])), new HeldModel(widthOf(shape.readers[1]))];
  }

  get rows(): number {
    return this.models[0].labels.length;
  }

  /** Would one more still be few? */
  get hasRoom(): boolean {
    return areHeld(this.rows + 1, this.models[0].columns.length + this.models[1].columns.length);
  }

  add(labels: readonly [number, number], predictions: readonly [Float64Array, Float64Array]): void {
    this.models.forEach((model, m) => {
      model.add(labels[m] as number, predictions[m] as Float64Array);
    });
  }

  labels(): ClassLabels {
    const { classes } = this.#shape.readers[0];
    const labels = this.models[0].labels.view();
    return classes === undefined ? labels : this.#namesOf(labels, classes.names);
  }

  predictions(model: 0 | 1): Predictions {
    const { classes, hasProbabilities } = this.#shape.readers[model];
    const columns = this.models[model].columns.map((column) => column.view());
    if (hasProbabilities) return { classes: classes?.names ?? [], probabilities: columns };
    const [only = new Float64Array()] = columns;
    return classes === undefined ? only : { predicted: this.#namesOf(only, classes.names) };
  }

  #namesOf(numbers: Float64Array, names: readonly string[]): string[] {
    return Array.from(numbers, (number) => names[number] as string);
  }
}

interface RankedWalk {
  readonly plan: WalkPlan;
  readonly runs: RankedRuns;
}

/** Rows past those that are held: sums in memory, ranked rows on the disk. */
class ManyRows {
  readonly #comparison: PairedComparison;
  readonly #spill: SpillFile | undefined;
  readonly #walks: readonly [readonly RankedWalk[], readonly RankedWalk[]];
  #rows = 0;

  constructor(
    metric: MetricName,
    { areNumbers, readers }: PairedShape,
    held: HeldRows,
    options: CompareOptions,
  ) {
    const names = readers.map(({ classes }) => classes?.names ?? []);
    const labels = held.models[0].labels.view();
    this.#comparison = new PairedComparison(
      metric,
      {
        areNumbers,
        columns: [held.models[0].columns.length, held.models[1].columns.length],
        haveSameClasses:
          readers[0].classes === readers[1].classes ||
          (readers[0].hasProbabilities &&
            readers[1].hasProbabilities &&
            JSON.stringify(names[0]) === JSON.stringify(names[1])),
        centre: labels.reduce((mean, label, i) => mean + (label - mean) / (i + 1), 0),
      },
      options,
    );
    const plans = this.#comparison.walks;
    const count = plans[0].length + plans[1].length;
    const spill = count > 0 ? new SpillFile() : undefined;
    const size = Math.max(1, Math.min(MOST_RECORDS, Math.floor(HELD_RECORDS / Math.max(1, count))));
    const walkOf = (plan: WalkPlan): RankedWalk => ({ plan, runs: new RankedRuns(spill as SpillFile, size) });
    this.#spill = spill;
    this.#walks = [plans[0].map(walkOf), plans[1].map(walkOf)];
    this.#addHeld(held);
  }

  #addHeld({ models, rows }: HeldRows): void {
    const said = models.map(({ columns }) => new Float64Array(columns.length)) as [
      Float64Array,
      Float64Array,
    ];
    const views = models.map(({ labels, columns }) => ({
      labels: labels.view(),
      columns: columns.map((column) => column.view()),
    }));
    for (let i = 0; i < rows; i++) {
      views.forEach(({ columns }, m) => {
        columns.forEach((column, k) => {
          (said[m] as Float64Array)[k] = column[i] as number;
        });
      });
      this.add(views.map(({ labels }) => labels[i] as number) as [number, number], said);
    }
  }

  add(labels: readonly [number, number], predictions: readonly [Float64Array, Float64Array]): void {
    this.#comparison.add(labels, predictions);
    this.#walks.forEach((walks, m) => {
      for (const { plan, runs } of walks)
        runs.add((predictions[m] as Float64Array)[plan.column] as number, this.#rows, labels[m] as number);
    });
    this.#rows++;
  }

  async finish(classes: number, margin: number, options: CompareOptions): Promise<ModelComparison> {
    const { repetitions, seed } = { ...DEFAULTS, ...options };
    const jobsOf = (walks: readonly RankedWalk[]): RankJob[] =>
      walks.map(({ plan, runs }) => ({
        plan,
        descriptor: (this.#spill as SpillFile).descriptor,
        runs: runs.finish(),
        repetitions,
        seed,
      }));
    const [first, second] = this.#walks;
    const results = await runRankJobs([...jobsOf(first), ...jobsOf(second)]);
    const parts: [WalkResults, WalkResults] = [results.slice(0, first.length), results.slice(first.length)];
    return this.#comparison.finish(parts, classes, margin);
  }

  close(): void {
    this.#spill?.close();
  }
}

/** `compareModels` over files of any length in constant memory; what does not fit goes to a file without a name. */
export async function compareFiles(
  files: PredictionFiles,
  metric: MetricName,
  margin: number,
  options: CompareOptions = {},
): Promise<ModelComparison> {
  let shape: PairedShape | undefined;
  let held: HeldRows | undefined;
  let many: ManyRows | undefined;
  const sink: PairedSink = {
    begin(found) {
      shape = found;
      held = new HeldRows(found);
    },
    add(labels, predictions) {
      if (many === undefined && !held?.hasRoom) {
        many = new ManyRows(metric, shape as PairedShape, held as HeldRows, options);
        held = undefined;
      }
      (many ?? held)?.add(labels, predictions);
    },
  };
  try {
    await readPaired(files, metric, sink);
    if (many === undefined) {
      const few = held as HeldRows;
      return compareModels(few.labels(), few.predictions(0), few.predictions(1), metric, margin, options);
    }
    const sizes = (shape as PairedShape).readers.map(({ classes }) => classes?.size ?? 0);
    return await many.finish(Math.max(...sizes), margin, options);
  } finally {
    many?.close();
  }
}
