import { divergence } from "../klDivergence.ts";
import { readDivergenceKwargs } from "../partition.ts";
import { type Cells, comparable, comparedAs, doubleOf, isNumeric, jsonOf } from "./cells.ts";
import { numberLiteral } from "./literals.ts";
import { failingAggregate } from "./mapPart.ts";
import type { ColumnPlanner, Scope } from "./scope.ts";
import { Unsupported } from "./types.ts";

/** A value of each group of rows and how many there are, as JSON lists. Gives the key of the answer. */
function counted(scope: Scope, cells: Cells, value: string, group: string): string {
  return scope.listing((from) => {
    const groups = `SELECT min(${value}) AS v, count(${cells.sql}) AS n FROM ${from} GROUP BY ${group}`;
    const json = jsonOf(comparedAs("v", cells), scope.dialect);
    return `SELECT '[' || ${json} || ',' || CAST(n AS VARCHAR) || ']' AS v FROM (${groups}) AS counted WHERE n > 0`;
  });
}

/** Trino compiles an expression to one method of 64 KB: 1,000 bins were too many. */
const MOST_BINS = 200;

/** Number of the bin of a value, as the streaming engine's histogram has it: the last one has both its edges. */
function binOf(value: string, bins: readonly number[]): string {
  const edges = bins.flatMap((edge, i) =>
    Number.isFinite(edge) ? [`WHEN ${value} < ${numberLiteral(edge)} THEN ${i}`] : [],
  );
  const last = bins.at(-1) as number;
  const ends = Number.isFinite(last)
    ? [`WHEN ${value} = ${numberLiteral(last)} THEN ${bins.length - 1}`]
    : [];
  return `CASE ${[...edges, ...ends].join(" ")} ELSE ${bins.length} END`;
}

/** The streaming engine judges the counts of values, or of bins by a value of each. */
export const divergencePlanner: ColumnPlanner = (scope, cells, kwargs, reporting) => {
  const asked = readDivergenceKwargs(kwargs);
  const bins = asked.byBin?.bins;
  if (asked.inBins && !isNumeric(cells)) return failingAggregate(scope, cells, kwargs, reporting);
  if (asked.inBins && bins === undefined)
    throw new Unsupported(
      "bins that the data choose are not pushed down; give a partition_object, or run it with the streaming engine",
    );
  if (bins !== undefined && bins.length - 1 > MOST_BINS)
    throw new Unsupported(
      `kwargs.partition_object.bins: expected at most ${MOST_BINS} bins, got ${bins.length - 1}, which are too many for one expression; give fewer, or run it with the streaming engine`,
    );
  const value = bins === undefined ? comparable(cells) : doubleOf(cells);
  const listing = counted(scope, cells, value, bins === undefined ? value : binOf(value, bins));
  return {
    finish(answers) {
      const collected = divergence(asked);
      for (const [found, count] of answers.listed(listing) as [unknown, number][])
        collected.add(cells.kind === "boolean" && !asked.inBins ? found === 1 : found, count);
      return collected.finish();
    },
  };
};
