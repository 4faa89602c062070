import type { Command } from "commander";
import type { FeatureProfile, ReferenceProfile } from "../../core/drift/index.ts";
import { CategoricalCounts, QuantileSketch } from "../../core/statistics/index.ts";
import {
  addOutputOptions,
  type BarChart,
  type Finding,
  type OutputOptions,
  writeFinding,
  writeResult,
} from "./support/output.ts";
import { profileFile } from "./support/profiles.ts";
import { EXIT, runDecision } from "./support/run.ts";

interface ProfileOptions extends OutputOptions {
  readonly data: string;
  readonly out: string;
  readonly timeColumn?: string;
}

const BARS = 12;

/** Shares of a feature's values: over bins of one width, or of its most frequent categories. */
function barsOf(feature: string, profile: FeatureProfile): BarChart {
  const chart = (rows: [string, number][]): BarChart => ({
    title: `${feature} (${profile.kind}, ${profile.missing} of ${profile.rows} missing)`,
    series: ["share"],
    rows: rows.map(([label, share]) => ({ label, values: [share] })),
  });
  if (profile.kind === "categorical") {
    const counts = CategoricalCounts.fromState(profile.categories);
    const names = counts.byName() ?? new Map(Array.from(counts.byHash(), (count, k) => [`#${k}`, count]));
    const sorted = [...names].sort((a, b) => b[1] - a[1]).slice(0, BARS);
    return chart(sorted.map(([name, count]) => [name, count / counts.count]));
  }
  const sketch = QuantileSketch.fromState(profile.sketch);
  if (sketch.count === 0) return chart([]);
  const edge = (i: number): number => sketch.min + ((sketch.max - sketch.min) * i) / BARS;
  const bins = sketch.min === sketch.max ? 1 : BARS;
  return chart(
    Array.from({ length: bins }, (_, i) => {
      const upTo = i === bins - 1 ? 1 : sketch.cdf(edge(i + 1));
      const label = `to ${Number((i === bins - 1 ? sketch.max : edge(i + 1)).toPrecision(4))}`;
      return [label, upTo - (i === 0 ? 0 : sketch.cdf(edge(i)))];
    }),
  );
}

function findingOf(file: string, profile: ReferenceProfile): Finding {
  const features = Object.entries(profile.features);
  return {
    title: `Profile: ${file}`,
    text: `${file}: ${profile.rows} rows, ${features.length} features`,
    json: {
      out: file,
      rows: profile.rows,
      features: Object.fromEntries(
        features.map(([name, { kind, rows, missing }]) => [name, { kind, rows, missing }]),
      ),
    },
    bars: features.map(([name, feature]) => barsOf(name, feature)),
  };
}

export function register(program: Command): void {
  const command = program
    .command("profile")
    .description("write the reference profile of a data file (CSV, JSONL, Parquet, data capture)")
    .requiredOption("--data <file>", "data to profile")
    .option(
      "--time-column <name>",
      "times of the rows (ISO): the profile then knows hours of the week, in UTC",
    );
  addOutputOptions(command, "where the profile goes, as JSON").action((options: ProfileOptions) =>
    runDecision(async () => {
      const profile = await profileFile(options.data, options.timeColumn);
      writeResult(options.out, `${JSON.stringify(profile)}\n`);
      const { out, ...shown } = options;
      writeFinding(findingOf(out, profile), shown);
      return EXIT.good;
    }),
  );
}
