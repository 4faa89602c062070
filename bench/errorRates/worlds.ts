/** Worlds of twenty features each, to draw references and windows from. */
import type { Column, DataWindow, FeatureSchema } from "../../core/drift/index.ts";
import type { SeededRandom } from "../../core/statistics/index.ts";

export const FEATURES = 20;

/** A change in the first feature, or a new category in the first categorical one. */
export interface Change {
  readonly shift?: number;
  readonly scale?: number;
  readonly newCategory?: number;
}

/** One value: a number (NaN where it is missing) or a category. `common` is what the features of a row share. */
type Draw = (random: SeededRandom, common: number) => number | string;

export interface World {
  readonly name: string;
  readonly features: readonly Draw[];
  /** Which of them hold categories. */
  readonly categorical: readonly boolean[];
}

const exponential = (random: SeededRandom): number => -Math.log(1 - random.next());

/** Knuth's product of uniforms. */
function poisson(random: SeededRandom, mean: number): number {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random.next(); product > limit; product *= random.next()) count++;
  return count;
}

const LETTERS = ["a", "b", "c", "d", "e", "f"];

/** One of `size` categories, the first ones more frequent by the power. */
function skewedCategory(size: number, power: number): Draw {
  const names = Array.from({ length: size }, (_, i) => `c${i}`);
  return (random) => names[Math.floor(random.next() ** power * size)] as string;
}

const missingOr =
  (rate: number, draw: Draw): Draw =>
  (random, common) =>
    random.next() < rate ? Number.NaN : draw(random, common);

const zeroInflated =
  (zeros: number): Draw =>
  (random) =>
    random.next() < zeros ? 0 : Math.exp(random.normal());

const binary =
  (rate: number): Draw =>
  (random) =>
    random.next() < rate ? 1 : 0;

const yesNo =
  (rate: number): Draw =>
  (random) =>
    random.next() < rate ? "yes" : "no";

const gauss: Draw = (random) => random.normal();

function mixedFeature(k: number): Draw {
  if (k >= 15) return (random) => LETTERS[Math.floor(random.next() ** 2 * LETTERS.length)] as string;
  if (k < 8) return gauss;
  if (k < 11) return (random) => Math.exp(random.normal());
  if (k < 13) return (random) => Math.round(2 * random.normal());
  return k === 13 ? missingOr(0.1, gauss) : (random) => random.normal() / Math.abs(random.normal());
}

/** Turns a few kinds of features into twenty, by turns. */
function numeric(name: string, ...kinds: readonly Draw[]): World {
  return worldOf(name, kinds, false);
}

function categorical(name: string, ...kinds: readonly Draw[]): World {
  return worldOf(name, kinds, true);
}

function worldOf(name: string, kinds: readonly Draw[], isCategorical: boolean): World {
  return {
    name,
    features: Array.from({ length: FEATURES }, (_, k) => kinds[k % kinds.length] as Draw),
    categorical: new Array(FEATURES).fill(isCategorical),
  };
}

/** Normal, lognormal, whole numbers, with gaps, heavy tails, categories. */
const MIXED: World = {
  name: "mixed",
  features: Array.from({ length: FEATURES }, (_, k) => mixedFeature(k)),
  categorical: Array.from({ length: FEATURES }, (_, k) => k >= 15),
};

const OTHERS: readonly World[] = [
  numeric("exponential", exponential),
  numeric("Student t, 2 df", (random) => random.normal() / Math.sqrt(exponential(random))),
  numeric("uniform", (random) => random.next()),
  numeric("lognormal, sd 3 of the logarithm", (random) => Math.exp(3 * random.normal())),
  numeric("bimodal", (random) => random.normal() + (random.next() < 0.3 ? 8 : 0)),
  numeric("correlated 0.8", (random, common) => Math.sqrt(0.8) * common + Math.sqrt(0.2) * random.normal()),
  numeric(
    "Poisson, mean 0.05, 0.5, 3, 30",
    ...[0.05, 0.5, 3, 30].map(
      (mean): Draw =>
        (random) =>
          poisson(random, mean),
    ),
  ),
  numeric("zeros 80, 95, 99 %, else lognormal", ...[0.8, 0.95, 0.99].map(zeroInflated)),
  numeric(
    "whole numbers 0 to 2, 4, 9, skewed",
    ...[3, 5, 10].map(
      (size): Draw =>
        (random) =>
          Math.floor(random.next() ** 3 * size),
    ),
  ),
  numeric(
    "rounded to 1, 0.5, 0.1 sd",
    ...[1, 2, 10].map(
      (steps): Draw =>
        (random) =>
          Math.round(steps * random.normal()) / steps,
    ),
  ),
  numeric("0 and 1 as numbers, 50, 10, 1, 0.1 %", ...[0.5, 0.1, 0.01, 0.001].map(binary)),
  categorical("two categories, 50, 10, 1, 0.1 %", ...[0.5, 0.1, 0.01, 0.001].map(yesNo)),
  categorical("30 categories, some rare", skewedCategory(30, 3), skewedCategory(30, 6)),
  categorical(
    "3,000 and 100,000 categories",
    skewedCategory(3000, 1),
    skewedCategory(3000, 3),
    skewedCategory(100_000, 1),
  ),
  numeric(
    "normal, missing 0.1, 1, 10, 50, 90 %",
    ...[0.001, 0.01, 0.1, 0.5, 0.9].map((rate) => missingOr(rate, gauss)),
  ),
];

/** All by name, the mixed one first. */
export const WORLDS: Readonly<Record<string, World>> = Object.fromEntries(
  [MIXED, ...OTHERS].map((world) => [world.name, world]),
);

export function schemaOf(world: World): FeatureSchema {
  return Object.fromEntries(world.categorical.map((is, k) => [`f${k}`, is ? "categorical" : "numeric"]));
}

function drawColumn(
  world: World,
  k: number,
  commons: Float64Array,
  random: SeededRandom,
  change: Change,
): Column {
  const draw = world.features[k] as Draw;
  const rows = commons.length;
  if (!world.categorical[k]) {
    const { shift = 0, scale = 1 } = k === 0 ? change : {};
    const numbers = new Float64Array(rows);
    for (let i = 0; i < rows; i++)
      numbers[i] = scale * (draw(random, commons[i] as number) as number) + shift;
    return numbers;
  }
  const share = k === world.categorical.indexOf(true) ? (change.newCategory ?? 0) : 0;
  const names = new Array<string>(rows);
  for (let i = 0; i < rows; i++)
    names[i] = share > 0 && random.next() < share ? "new" : (draw(random, commons[i] as number) as string);
  return names;
}

/** Rows of a world. */
export function drawWindow(
  world: World,
  rows: number,
  random: SeededRandom,
  change: Change = {},
): DataWindow {
  const commons = new Float64Array(rows).map(() => random.normal());
  const columns = world.features.map(
    (_, k) => [`f${k}`, drawColumn(world, k, commons, random, change)] as const,
  );
  return { rows, columns: Object.fromEntries(columns) };
}

/** The first rows of a window: as good a sample as any, and no new draws. */
export function firstRows(window: DataWindow, rows: number): DataWindow {
  const columns = Object.entries(window.columns).map(
    ([name, column]) =>
      [name, column instanceof Float64Array ? column.subarray(0, rows) : column.slice(0, rows)] as const,
  );
  return { rows, columns: Object.fromEntries(columns) };
}
