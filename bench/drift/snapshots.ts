/**
 * `npm run bench -- evidently`: drift by Evidently's rules on random files, through the command, beside Evidently itself: the same metrics, ids, values
 * and tests, and a snapshot that its loader, its page and its workspace take. `--files` and `--seed` draw more or others.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { SeededRandom } from "../../core/statistics/index.ts";
import type { Measure } from "../loop.ts";
import { ensurePeers, must } from "./peers.ts";

type Draw = (random: SeededRandom, moved: number) => string;

const letters = "abcdefghijklmnopqrstuvwxyz";
const oneOf = (random: SeededRandom, count: number): number => random.integer(count);
const orNothing =
  (share: number, draw: Draw): Draw =>
  (random, moved) =>
    random.next() < share ? "" : draw(random, moved);

/** Kinds of columns that Evidently treats each in its own way, by type, number of values and gaps. Each name is also a test of quoting. */
const KINDS: Readonly<Record<string, Draw>> = {
  normal: (random, moved) => String(random.normal() + moved),
  "heavy tails": (random, moved) => String(random.normal() / Math.abs(random.normal()) + moved),
  rounded: (random, moved) => (random.normal() + moved).toFixed(1),
  'five "floats"': (random, moved) => `${Math.min(4, oneOf(random, 5) + Math.round(moved))}.5`,
  "whole floats": (random, moved) => `${oneOf(random, 3) + Math.round(moved)}.0`,
  "two floats": (random, moved) => (random.next() < 0.5 + moved / 4 ? "0.5" : "1.5"),
  "few integers": (random, moved) => String(oneOf(random, 9) + Math.round(moved)),
  "it's many integers": (random, moved) => String(oneOf(random, 500) + Math.round(50 * moved)),
  flag: (random, moved) => (random.next() < 0.3 + moved / 4 ? "1" : "0"),
  "integers with gaps": orNothing(0.1, (random) => String(oneOf(random, 8))),
  "floats with gaps": orNothing(0.3, (random, moved) => String(random.normal() + moved)),
  infinite: (random, moved) => (random.next() < 0.2 + moved / 4 ? "inf" : String(random.normal())),
  "few and infinite": (random, moved) =>
    random.next() < 0.7 ? "0.5" : (["inf", "-inf"][oneOf(random, moved > 0 ? 1 : 2)] as string),
  "infinite with gaps": orNothing(0.1, (random) => (random.next() < 0.2 ? "-inf" : String(random.normal()))),
  truth: (random, moved) => (random.next() < 0.5 + moved / 4 ? "True" : "False"),
  "truth with gaps": orNothing(0.1, (random) => (random.next() < 0.5 ? "True" : "False")),
  two: (random, moved) => (random.next() < 0.2 + moved / 4 ? "yes" : "no"),
  "categories, some": (random, moved) => letters[oneOf(random, 4 + Math.round(moved))] as string,
  skewed: (random) => letters[Math.floor(26 * random.next() ** 3)] as string,
  gaps: orNothing(0.2, (random) => letters[oneOf(random, 5)] as string),
  constant: () => "3",
  "constant name": () => "same",
};
/** The current side says what is text, which Evidently gives to a classifier: of few rows names would be. */
const SIZES = { reference: [8, 30, 100, 999, 1000, 1001, 4000], current: [60, 100, 1000, 4000] };

const quoted = (text: string): string => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

function csvOf(rows: number, random: SeededRandom, moved: number): string {
  const lines = [Object.keys(KINDS).map(quoted).join(",")];
  for (let i = 0; i < rows; i++)
    lines.push(
      Object.values(KINDS)
        .map((draw) => draw(random, moved))
        .join(","),
    );
  return `${lines.join("\n")}\n`;
}

/** Writes both sides and what our command says of them. */
function writeCase(folder: string, k: number, random: SeededRandom): void {
  const [reference, current, out] = ["reference.csv", "current.csv", "json"].map((ending) =>
    join(folder, `${String(k).padStart(3, "0")}.${ending}`),
  ) as [string, string, string];
  const among = (values: readonly number[]): number => values[random.integer(values.length)] as number;
  writeFileSync(reference, csvOf(among(SIZES.reference), random, 0));
  writeFileSync(current, csvOf(among(SIZES.current), random, among([0, 0, 0.3, 1])));
  const command = new URL("../../cli/sluice.ts", import.meta.url).pathname;
  const { status, stderr } = spawnSync(
    process.execPath,
    `${command} drift --policy evidently --format json --reference ${reference} --current ${current} --out ${out}`.split(
      " ",
    ),
    { encoding: "utf8" },
  );
  if (status !== 0 && status !== 3) throw new Error(`sluice drift: exit ${status}, ${stderr}`);
}

/** All measures; `args` are those after the bench's name. */
export async function snapshotMeasures(args: readonly string[]): Promise<Measure[]> {
  const { values } = parseArgs({
    args: [...args],
    options: { files: { type: "string", default: "24" }, seed: { type: "string", default: "1" } },
  });
  const python = ensurePeers();
  const folder = mkdtempSync(join(tmpdir(), "sluice-snapshots-"));
  try {
    const random = new SeededRandom(Number(values.seed));
    for (let k = 0; k < Number(values.files); k++) writeCase(folder, k, random);
    const script = new URL("snapshots.py", import.meta.url).pathname;
    const line = must(python, [script, folder]).trim().split("\n").at(-1) as string;
    const found = JSON.parse(line) as {
      seen: number;
      kept: number;
      refused: string[];
      differing: string[];
      largest: number;
    };
    for (const text of [...found.refused, ...found.differing]) console.log(`      ${text}`);
    return [
      { what: "snapshots refused by Evidently", value: found.refused.length, unit: "", limit: 0 },
      { what: "snapshots not in its workspace", value: found.seen - found.kept, unit: "", limit: 0 },
      { what: "results other than Evidently's", value: found.differing.length, unit: "", limit: 0 },
      { what: "largest difference of a value, 1e-9", value: found.largest * 1e9, unit: "", limit: 1 },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
