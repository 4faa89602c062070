/** All raw files of a release, a turn for as many as fit one. */
import type { ModelSpec } from "../../../contracts/modelSpec.ts";
import { RowSample } from "../../../core/dataset/large/ranges.ts";
import { commonKind, NO_CELLS } from "../../../core/validation/csvCells.ts";
import { labelNumber } from "../../shared/labels.ts";
import type { Clock, Work } from "../../shared/work.ts";
import type { RawFile } from "../raw.ts";
import { type IntakeDependencies, takeIn } from "./intake.ts";
import type { LargePlan } from "./plan.ts";
import type { TakenIn } from "./rowIntake.ts";

export interface TakeAllContext {
  readonly dependencies: IntakeDependencies & {
    readonly environment: { readonly ATHENA_ABOVE_BYTES: string };
  };
  readonly spec: ModelSpec;
  readonly plan: LargePlan;
  readonly clock: Clock;
  readonly work: Work;
}

/** Column whose value is the group; null where rows are split by time alone. */
export const groupColumn = ({ data }: ModelSpec): string | null =>
  (data.splits.by ?? "time") === "time" ? null : (data.splits.column ?? null);

/** Bytes of raw files that are taken in in one turn, as a multiple of the size past which data are large. */
const TURN_SHARE = 8;

export async function takeAllIn({ dependencies, spec, plan, clock, work }: TakeAllContext): Promise<TakenIn> {
  const { files, bytes, dvcFile } = plan.raw;
  const most = TURN_SHARE * Number(dependencies.environment.ATHENA_ABOVE_BYTES);
  const all: TakenIn[] = [];
  const sample = new RowSample();
  for (const [at, batch] of batchesOf(files, (bytes ?? 0) / files.length, most).entries()) {
    const [first] = all;
    const taken = await work.turn(`intake-${at}`, () =>
      takeIn(dependencies, batch, {
        clock,
        rowsUri: `${plan.uri}/rows`,
        name: String(at).padStart(5, "0"),
        firstRow: all.reduce((sum, { rows }) => sum + rows, 0),
        header: first ? { path: (files[0] as RawFile).path, columns: first.columns } : null,
        timeColumn: spec.time.column,
        groupColumn: groupColumn(spec),
        labelColumn: spec.label.column,
        isLabel: (text) => labelNumber(spec, text) !== null,
        dvcFile,
      }),
    );
    sample.merge(taken.sample);
    all.push(taken);
  }
  return together(all, sample);
}

/** Files that fit a turn, in their order; a larger one alone. */
function batchesOf(files: readonly RawFile[], usual: number, most: number): RawFile[][] {
  const batches: RawFile[][] = [];
  let held = Number.POSITIVE_INFINITY;
  for (const file of files) {
    const bytes = file.bytes ?? usual;
    if (held + bytes > most) {
      batches.push([]);
      held = 0;
    }
    batches.at(-1)?.push(file);
    held += bytes;
  }
  return batches;
}

function together(all: readonly TakenIn[], sample: RowSample): TakenIn {
  const [first] = all as [TakenIn];
  const sum = (of: (taken: TakenIn) => number): number => all.reduce((total, taken) => total + of(taken), 0);
  const bad = all.flatMap(({ badLabel }) => badLabel ?? []);
  return {
    columns: first.columns,
    kinds: first.kinds.map((_, at) => all.map(({ kinds }) => kinds[at] ?? NO_CELLS).reduce(commonKind)),
    rows: sum(({ rows }) => rows),
    chars: sum(({ chars }) => chars),
    parents: all.flatMap(({ parents }) => parents),
    sample: sample.rows(),
    badLabel: bad.reduce<TakenIn["badLabel"]>(
      (least, one) => (least === null || one.time < least.time ? one : least),
      null,
    ),
  };
}
