/** Evidently's rules on files: exact, so they need the values themselves, of as many columns at a time as there is room for. */
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import {
  type EvidentlyJudged,
  EvidentlyTally,
  type EvidentlyVerdict,
  evidentlyColumns,
  evidentlyVerdictOf,
  judgeEvidentlyColumn,
  toEvidentlySnapshot,
} from "../../../core/drift/index.ts";
import { InputError, type Pass, type TypedBatch } from "../../readers/index.ts";
import { type Finding, number, textTable } from "./output.ts";
import { watchedPass } from "./progress.ts";

/** Values that are held at once, both sides together; past it the files are read again for the columns that are left. */
const HELD_BYTES = 256 * 2 ** 20;

interface Held {
  /** All columns of the file. */
  readonly names: readonly string[];
  readonly tallies: Map<string, EvidentlyTally>;
}

const bytesOf = ({ tallies }: Held): number => tallies.values().reduce((sum, tally) => sum + tally.bytes, 0);

/** One pass over a file that keeps as many of the asked columns (all, if not given) as there is room for; the first at least. */
function holdColumns(file: string, asked: ReadonlySet<string> | undefined, room: number): Promise<Held> {
  const begin = (): Pass<Held> => {
    let held: Held | undefined;
    let rows = 0;
    return {
      add(batch: TypedBatch) {
        const names = Object.keys(batch.columns);
        held ??= { names, tallies: new Map() };
        if (rows === 0)
          for (const name of names)
            if (asked?.has(name) ?? true) held.tallies.set(name, new EvidentlyTally());
        rows += batch.rows;
        for (const [name, tally] of held.tallies)
          tally.add(batch.columns[name] ?? [], batch.floats?.has(name));
        while (held.tallies.size > 1 && bytesOf(held) > room)
          held.tallies.delete([...held.tallies.keys()].at(-1) as string);
      },
      finish() {
        if (held === undefined || rows === 0) throw new InputError(file, "rows", "none");
        return held;
      },
    };
  };
  return watchedPass(file, begin);
}

/** A pipe is gone once it is read. */
const isReadTwice = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isFile() ?? true;

/**
 * Current rows of a file against reference rows of another by Evidently's rules, with at most `heldBytes` of their values in memory, or those of one
 * column where these are more; all of them where a file is a pipe. Throws `InputError`, `DriftInputError`.
 */
export async function evidentlyOfFiles(
  reference: string,
  current: string,
  heldBytes = HELD_BYTES,
): Promise<EvidentlyVerdict> {
  const room = isReadTwice(reference) && isReadTwice(current) ? heldBytes : Infinity;
  const judged: EvidentlyJudged[] = [];
  let waiting: Set<string> | undefined;
  do {
    const now = await holdColumns(current, waiting, room / 2);
    const before = await holdColumns(reference, new Set(now.tallies.keys()), room - bytesOf(now));
    if (waiting === undefined) {
      const { names, skipped } = evidentlyColumns(before.names, now.names);
      waiting = new Set(names);
      judged.push(...skipped);
    }
    for (const [name, tally] of before.tallies) {
      judged.push(judgeEvidentlyColumn(name, tally, now.tallies.get(name) as EvidentlyTally));
      waiting.delete(name);
    }
  } while (waiting.size > 0);
  return evidentlyVerdictOf(judged);
}

/** Date and time of this place without its zone, as Evidently writes it: its workspaces compare them with its own. */
function localTime(now: Date): string {
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, -1);
}

const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

/** As JSON a file that Evidently's `Snapshot.load` reads, which also has what `snapshot.json()` gives. */
export function evidentlyFinding(verdict: EvidentlyVerdict, now: Date): Finding {
  const rows = verdict.columns.map((c) => [
    c.column,
    c.drifted ? "drift" : "stable",
    c.displayName,
    number(c.score),
    number(c.threshold),
  ]);
  const skipped = verdict.skipped.map((s) => `\nnot judged: ${s.column} (${s.reason})`).join("");
  return {
    title: `Drift by Evidently's rules: ${verdict.verdict}`,
    text: `${verdict.verdict}: ${verdict.drifted.count} of ${verdict.columns.length} columns drifted\n\n${textTable([["column", "status", "method", "score", "threshold"], ...rows])}${skipped}`,
    json: {
      verdict: verdict.verdict,
      skipped: verdict.skipped,
      ...toEvidentlySnapshot(verdict, { timestamp: localTime(now), md5 }),
    },
    bars: [
      {
        title: "Score over threshold: p-values below 1, distances from 1 on are drift",
        series: ["score / threshold"],
        rows: verdict.columns.map((c) => ({ label: c.column, values: [c.score / c.threshold] })),
      },
    ],
  };
}
