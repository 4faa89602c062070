import { mostlyKwarg, textKwarg } from "../kwargs.ts";
import type { Kwargs, Reporting } from "../types.ts";
import type { Cells } from "./cells.ts";
import { numberLiteral } from "./literals.ts";
import { mapPart, streamingOf } from "./mapPart.ts";
import type { Planner, Scope } from "./scope.ts";

/** A value of each kind that the streaming engine tells apart; numbers without a fraction are whole there. */
const SAMPLES = { integer: 1, number: 0.5, boolean: true, string: "a" } as const;

/**
 * The streaming engine judges a column that holds one value of each kind that is there. Where that has no type of its own
 * (texts, truth values with missing ones), the type is that of each value, and all values of the column have the same.
 */
function planner(type: string): Planner {
  return (scope, kwargs, reporting) => {
    const cells = scope.column(textKwarg(kwargs, "column"));
    const counts = countsOf(scope, cells);
    const everyValue = mapPart(scope, reporting, {
      mostly: mostlyKwarg(kwargs),
      shown: [cells],
      missing: `${cells.sql} IS NULL`,
      unexpected: isEachUnexpected(type, kwargs, cells) ? "TRUE" : "FALSE",
    });
    return {
      finish(answers) {
        // BASIC tells by its fields whether the column has a type; BOOLEAN_ONLY would not.
        const evaluator = streamingOf(type, kwargs, { ...reporting, format: "BASIC" });
        for (const [measure, value] of counts)
          if ((answers.number(measure) ?? 0) > 0) evaluator.add({ [cells.name]: value }, 0);
        const judged = evaluator.finish({ rows: 0, columns: [] });
        if (!("observed_value" in judged.result)) return everyValue.finish(answers);
        return reporting.format === "BOOLEAN_ONLY" ? { ...judged, result: {} } : judged;
      },
    };
  };
}

/** Counts of values of each kind, with a value of it. */
function countsOf(scope: Scope, { sql, kind }: Cells): [measure: string, value: unknown][] {
  const count = (clause: string): string => scope.measure(`count_if(${scope.within(clause)})`);
  const missing: [string, unknown] = [count(`${sql} IS NULL`), null];
  if (kind !== "number") return [missing, [count(`${sql} IS NOT NULL`), SAMPLES[kind]]];
  const isWhole = `${sql} = floor(${sql}) AND abs(${sql}) <= ${numberLiteral(Number.MAX_VALUE)}`;
  return [missing, [count(isWhole), SAMPLES.integer], [count(`NOT (${isWhole})`), SAMPLES.number]];
}

function isEachUnexpected(type: string, kwargs: Kwargs, { name, kind }: Cells): boolean {
  const reporting: Reporting = { format: "BASIC", examples: 0, showsValues: false };
  const evaluator = streamingOf(type, { ...kwargs, mostly: 1 }, reporting);
  evaluator.add({ [name]: SAMPLES[kind] }, 0);
  // A missing value keeps truth values from being a type of their own.
  evaluator.add({ [name]: null }, 1);
  return evaluator.finish({ rows: 2, columns: [name] }).result.unexpected_count === 1;
}

/** Expectations on types, by type. */
export const COLUMN_TYPE_PLANNERS: Readonly<Record<string, Planner>> = Object.fromEntries(
  ["expect_column_values_to_be_of_type", "expect_column_values_to_be_in_type_list"].map((type) => [
    type,
    planner(type),
  ]),
);
