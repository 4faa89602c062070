export type StateValue = "OK" | "ALARM" | "INSUFFICIENT_DATA";
export type MissingData = "missing" | "ignore" | "breaching" | "notBreaching";

export interface JudgeInput {
  /** Values of the evaluation range, oldest first; undefined where there is no data. Longer than `periods`: CloudWatch looks further back. */
  readonly points: readonly (number | undefined)[];
  readonly breaches: (value: number) => boolean;
  /** N. */
  readonly periods: number;
  /** M. */
  readonly toAlarm: number;
  readonly missing: MissingData;
  readonly current: StateValue;
}

/** CloudWatch fetches more points than it needs, so that a few missing ones do not decide. Its documentation shows 5 for 3. */
export const extraPeriods = 2;

/**
 * M out of N with missing data as AWS documents it: with N real points in the range the newest N decide and missing ones play no part;
 * with fewer, missing points are filled in as configured.
 */
export function judge(input: JudgeInput): StateValue {
  const { points, breaches, periods, toAlarm, missing, current } = input;
  const real = points.filter((point) => point !== undefined);
  if (real.length === 0) return withoutData(missing, current);
  const breaching = (values: readonly number[]) => values.filter(breaches).length;
  if (real.length >= periods) return breaching(real.slice(-periods)) >= toAlarm ? "ALARM" : "OK";
  const bad = breaching(real);
  if (bad >= toAlarm) return "ALARM";
  if (missing === "notBreaching") return "OK";
  if (missing === "breaching") return bad + periods - real.length >= toAlarm ? "ALARM" : "OK";
  if (bad < real.length) return "OK";
  if (missing === "ignore") return current;
  // Only breaching points, fewer than M: an alarm when the oldest within N periods is at least M periods old, else nothing changes yet.
  const recent = points.slice(-periods);
  const oldest = recent.findIndex((point) => point !== undefined);
  return oldest !== -1 && recent.length - oldest >= toAlarm ? "ALARM" : current;
}

function withoutData(missing: MissingData, current: StateValue): StateValue {
  const states = {
    missing: "INSUFFICIENT_DATA",
    ignore: current,
    breaching: "ALARM",
    notBreaching: "OK",
  } as const;
  return states[missing];
}
