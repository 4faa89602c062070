/** Evidently's rules on files: exact, so they need the values themselves; those that do not fit in memory go to a file without a name. */
import { createHash } from "node:crypto";
import {
  EvidentlyTally,
  type EvidentlyVerdict,
  evidentlyColumns,
  evidentlyVerdictOf,
  judgeEvidentlyColumn,
  type TallyOptions,
  toEvidentlySnapshot,
} from "../../../core/drift/index.ts";
import { InputError, type Pass, type TypedBatch } from "../../readers/index.ts";
import { SpilledDoubles } from "../../spill/spilledDoubles.ts";
import { SpillFile } from "../../spill/spillFile.ts";
import { type Finding, number, textTable } from "./output.ts";
import { watchedPass } from "./progress.ts";

/** What is in memory at once, of all columns and both sides together: half for numbers, half for names. */
const HELD_BYTES = 64 * 2 ** 20;

interface Held {
  /** All columns of the file. */
  readonly names: readonly string[];
  readonly tallies: ReadonlyMap<string, EvidentlyTally>;
}

/** One pass over a file that keeps the asked columns (all, if not given). */
function holdColumns(
  file: string,
  asked: ReadonlySet<string> | undefined,
  optionsOf: (columns: number) => TallyOptions,
): Promise<Held> {
  const begin = (): Pass<Held> => {
    let held: Held | undefined;
    let rows = 0;
    return {
      add(batch: TypedBatch) {
        if (held === undefined) {
          const names = Object.keys(batch.columns);
          const kept = names.filter((name) => asked?.has(name) ?? true);
          const options = optionsOf(kept.length);
          held = { names, tallies: new Map(kept.map((name) => [name, new EvidentlyTally(options)])) };
        }
        rows += batch.rows;
        for (const [name, tally] of held.tallies)
          tally.add(batch.columns[name] ?? [], batch.floats?.has(name));
      },
      finish() {
        if (held === undefined || rows === 0) throw new InputError(file, "rows", "none");
        return held;
      },
    };
  };
  return watchedPass(file, begin);
}

/**
 * Current rows of a file against reference rows of another by Evidently's rules, each file read once, with about `heldBytes` of their values in
 * memory. Throws `InputError`, `DriftInputError`.
 */
export async function evidentlyOfFiles(
  reference: string,
  current: string,
  heldBytes = HELD_BYTES,
): Promise<EvidentlyVerdict> {
  const spill = new SpillFile();
  try {
    const optionsOf = (columns: number): TallyOptions => {
      const share = heldBytes / 4 / Math.max(1, columns);
      return { store: () => new SpilledDoubles(spill, share / 8), nameBytes: share };
    };
    const now = await holdColumns(current, undefined, optionsOf);
    const before = await holdColumns(reference, new Set(now.names), optionsOf);
    const { names, skipped } = evidentlyColumns(before.names, now.names);
    const judged = names.map((name) =>
      judgeEvidentlyColumn(
        name,
        before.tallies.get(name) as EvidentlyTally,
        now.tallies.get(name) as EvidentlyTally,
      ),
    );
    return evidentlyVerdictOf([...skipped, ...judged]);
  } finally {
    spill.close();
  }
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
