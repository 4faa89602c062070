/** Takes captures and labels in, a turn for as many files as fit one: read as in memory, written as text that Athena's tables read. */
import type { ModelSpec } from "../../../contracts/modelSpec.ts";
import type { Label } from "../../../core/dataset/join.ts";
import { capturedLine, labelLine } from "../../../core/dataset/large/join.ts";
import { RowSample } from "../../../core/dataset/large/ranges.ts";
import { parseCaptures } from "../../shared/captureLines.ts";
import { isWithin, type ServedFiles } from "../../shared/captures.ts";
import type { LargeObjects } from "../../shared/largeObjects.ts";
import type { Objects, StoredObject } from "../../shared/objects.ts";
import { RowChunks } from "../../shared/rowChunks.ts";
import { type Clock, mustHaveTime, type Work } from "../../shared/work.ts";
import { linesOf, readAhead } from "./texts.ts";

export interface IntakeContext {
  readonly objects: Objects;
  readonly largeObjects: LargeObjects;
  readonly clock: Clock;
  readonly work: Work;
  readonly spec: ModelSpec;
  /** Bytes of files that are taken in in one turn. */
  readonly turnBytes: number;
}

export interface TakenCaptures {
  readonly rows: number;
  readonly chars: number;
  readonly skipped: Readonly<Record<string, number>>;
  readonly sample: ReturnType<RowSample["rows"]>;
}

/** Files that one turn reads at most: each costs some milliseconds whatever its size. */
const TURN_FILES = 5000;

export const capturesUri = ({ uri }: Work): string => `${uri}/captures`;
export const labelsUri = ({ uri }: Work): string => `${uri}/labels`;

type CaptureFile = StoredObject & Omit<ServedFiles, "files">;

export async function takeCaptures(
  context: IntakeContext,
  served: readonly ServedFiles[],
): Promise<TakenCaptures> {
  const files = served.flatMap(({ files: some, ...of }): CaptureFile[] =>
    some.map((file) => ({ ...file, ...of })),
  );
  const sample = new RowSample();
  const skipped: Record<string, number> = {};
  let [rows, chars] = [0, 0];
  for (const [turn, batch] of batchesOf(files, context.turnBytes).entries()) {
    const taken = await context.work.turn(`captures-${turn}`, () =>
      takeCaptureFiles(context, batch, nameOf(turn), rows),
    );
    sample.merge(taken.sample);
    addTo(skipped, taken.skipped);
    rows += taken.rows;
    chars += taken.chars;
  }
  return { rows, chars, skipped, sample: sample.rows() };
}

async function takeCaptureFiles(
  { objects, largeObjects, clock, work, spec }: IntakeContext,
  files: readonly CaptureFile[],
  name: string,
  firstRow: number,
): Promise<TakenCaptures> {
  const chunks = new RowChunks(objects, `${capturesUri(work)}/${name}`);
  const sample = new RowSample();
  const skipped: Record<string, number> = {};
  let [number, chars] = [firstRow, 0];
  for await (const [file, bytes] of readAhead(objects, largeObjects, files)) {
    mustHaveTime(clock, `captures of ${spec.name}: to read ${file.uri}`);
    for await (const lines of linesOf(bytes)) {
      const parsed = parseCaptures(lines, spec, file.endpointConfigName, file.variant);
      addTo(skipped, parsed.skipped);
      for (const observation of parsed.observations) {
        if (!isWithin(file.within, observation)) continue;
        const line = capturedLine(number, observation);
        sample.add(number, new Date(observation.at).toISOString(), "");
        number++;
        chars += line.length;
        await chunks.add(line);
      }
    }
  }
  await chunks.flush();
  return { rows: number - firstRow, chars, skipped, sample: sample.rows() };
}

/** How many labels there are, repeated ones too. */
export async function takeLabels(context: IntakeContext, files: readonly StoredObject[]): Promise<number> {
  let rows = 0;
  for (const [turn, batch] of batchesOf(files, context.turnBytes).entries())
    rows += await context.work.turn(`labels-${turn}`, () =>
      takeLabelFiles(context, batch, nameOf(turn), rows),
    );
  return rows;
}

async function takeLabelFiles(
  { objects, largeObjects, clock, work, spec }: IntakeContext,
  files: readonly StoredObject[],
  name: string,
  firstRow: number,
): Promise<number> {
  const chunks = new RowChunks(objects, `${labelsUri(work)}/${name}`);
  let number = firstRow;
  for await (const [file, bytes] of readAhead(objects, largeObjects, files)) {
    mustHaveTime(clock, `labels of ${spec.name}: to read ${file.uri}`);
    // Such a file was written from memory: it fits. It is read as it is now: a correction that came since the plan counts already.
    for (const label of JSON.parse(await textOf(bytes)) as Label[]) {
      await chunks.add(labelLine(number, label));
      number++;
    }
  }
  await chunks.flush();
  return number - firstRow;
}

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return new TextDecoder().decode(Buffer.concat(chunks));
}

/** Files that fit a turn, in their order; a larger one alone. */
function batchesOf<File extends StoredObject>(files: readonly File[], most: number): File[][] {
  const batches: File[][] = [];
  let held = Number.POSITIVE_INFINITY;
  for (const file of files) {
    if (held + file.bytes > most || batches.at(-1)?.length === TURN_FILES) {
      batches.push([]);
      held = 0;
    }
    batches.at(-1)?.push(file);
    held += file.bytes;
  }
  return batches;
}

const nameOf = (turn: number): string => String(turn).padStart(5, "0");

function addTo(counts: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [reason, count] of Object.entries(more)) counts[reason] = (counts[reason] ?? 0) + count;
}
