/** Results of Great Expectations and ours, expectation by expectation. */

interface Result {
  readonly success: boolean;
  readonly expectation_config: { readonly type: string; readonly meta?: { readonly bench?: number } };
  readonly result: Readonly<Record<string, unknown>>;
}

const byNumber = (text: string): ReadonlyMap<number, Result> =>
  new Map(
    (JSON.parse(text) as { results: Result[] }).results.map((result) => [
      result.expectation_config.meta?.bench ?? -1,
      result,
    ]),
  );

/** Ten significant digits: sums in another order differ in the last ones. */
function rounded(value: unknown): unknown {
  if (typeof value === "number") return Number(value.toPrecision(10));
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, rounded(one)]),
  );
}

/** One line for each expectation that came out differently: its verdict, or a field of its result (counts, examples, observed values). */
export function differences(theirs: string, ours: string): string[] {
  const [wanted, got] = [byNumber(theirs), byNumber(ours)];
  if (wanted.size !== got.size) return [`expected ${wanted.size} results, got ${got.size}`];
  return [...wanted].flatMap(([number, one]) => {
    const other = got.get(number);
    const [a, b] = [one, other].map((result) =>
      JSON.stringify(rounded({ success: result?.success, result: result?.result })),
    );
    return a === b ? [] : [`${number} ${one.expectation_config.type}: expected ${a}, got ${b}`];
  });
}
