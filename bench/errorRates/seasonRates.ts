import {
  buildProfile,
  compareToReference,
  type DataWindow,
  type FeatureSchema,
} from "../../core/drift/index.ts";
import { SeededRandom } from "../../core/statistics/index.ts";
import { seedOf } from "./seeds.ts";

const HOUR = 3_600_000;
const HOURS_OF_WEEK = 168;
/** Hours between reference and windows: some weeks later. */
const LATER = 99 * HOURS_OF_WEEK;
const SCHEMA: FeatureSchema = {
  load: "numeric",
  tail: "numeric",
  age: "numeric",
  channel: "categorical",
  kind: "categorical",
};

/** Rows of some hours: a strong daily cycle of four standard deviations in `load`, one in `tail` and in `channel`. */
function hoursOfData(
  from: number,
  hours: number,
  perHour: number,
  random: SeededRandom,
  shift: number,
): DataWindow {
  const times: number[] = [];
  const columns: Record<string, (number | string)[]> = { load: [], tail: [], age: [], channel: [], kind: [] };
  for (let hour = from; hour < from + hours; hour++) {
    const cycle = Math.sin((2 * Math.PI * hour) / 24);
    for (let i = 0; i < perHour; i++) {
      times.push((hour + random.next()) * HOUR);
      columns.load?.push(20 * cycle + 5 * (random.normal() + shift));
      columns.tail?.push(Math.exp(cycle + random.normal()));
      columns.age?.push(40 + 10 * random.normal());
      columns.channel?.push(random.next() < 0.5 + 0.4 * cycle ? "web" : "phone");
      columns.kind?.push("abcdefghij"[Math.floor(10 * random.next() ** 2)] as string);
    }
  }
  return { rows: times.length, columns, times };
}

/** One reference and some windows of an hour each, spread over the week. */
export interface SeasonCase {
  readonly weeks: number;
  readonly perHour: number;
  readonly windowRows: number;
  readonly windows: number;
  readonly shift: number;
}

/** Windows called drift: against the same hours, and against the whole reference, over the references `from` to `to`. */
export function seasonCounts(
  { weeks, perHour, windowRows, windows, shift }: SeasonCase,
  seed: number,
  [from, to]: readonly [number, number],
): [bySeason: number, byWhole: number] {
  let [bySeason, byWhole] = [0, 0];
  for (let repetition = from; repetition < to; repetition++) {
    const random = new SeededRandom(seedOf(seed, repetition));
    const profile = buildProfile(hoursOfData(0, weeks * HOURS_OF_WEEK, perHour, random, 0), SCHEMA);
    for (let w = 0; w < windows; w++) {
      const hour = (repetition + Math.floor((w * HOURS_OF_WEEK) / windows)) % HOURS_OF_WEEK;
      const { times, ...blind } = hoursOfData(LATER + hour, 1, windowRows, random, shift);
      if (times && compareToReference(profile, { ...blind, times }).verdict === "drift") bySeason++;
      if (compareToReference(profile, blind).verdict === "drift") byWhole++;
    }
  }
  return [bySeason, byWhole];
}
