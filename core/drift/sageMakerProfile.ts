import type { SageMakerStatistics } from "../../contracts/sageMakerBaseline.ts";
import { CategoricalCounts, QuantileSketch, sumBy } from "../statistics/index.ts";
import { type FeatureProfile, PROFILE_FORMAT, PROFILE_VERSION, type ReferenceProfile } from "./types.ts";

type Numerical = NonNullable<SageMakerStatistics["features"][number]["numerical_statistics"]>;
type Textual = NonNullable<SageMakerStatistics["features"][number]["string_statistics"]>;

/** Empty without a sketch: ten buckets say too little of skewed values for anything but the missing share to be compared. */
function sketchOf({ distribution }: Numerical): QuantileSketch {
  const sketch = new QuantileSketch();
  for (const [level, items] of (distribution?.kll?.sketch?.data ?? []).entries())
    for (const value of items) sketch.add(value, 2 ** level);
  return sketch;
}

/** Without a name for every row nothing but the missing share can be compared: the others might be of any name. */
function categoriesOf({ common, distribution }: Textual): CategoricalCounts {
  const counts = new CategoricalCounts();
  const buckets = distribution?.categorical?.buckets ?? [];
  if (sumBy(buckets, (bucket) => bucket.count) === common.num_present)
    for (const { value, count } of buckets) if (count > 0) counts.add(value, count);
  return counts;
}

/**
 * A profile from their statistics.json, as `parseSageMakerStatistics` gives it: from the sketch's items. Features without either kind of statistics are left out.
 */
export function profileFromSageMaker(statistics: SageMakerStatistics): ReferenceProfile {
  const features: Record<string, FeatureProfile> = {};
  for (const { name, numerical_statistics: numbers, string_statistics: text } of statistics.features) {
    const { num_present, num_missing } = numbers?.common ??
      text?.common ?? { num_present: 0, num_missing: 0 };
    const counted = { rows: num_present + num_missing, missing: num_missing };
    if (numbers !== undefined)
      features[name] = {
        kind: "numeric",
        ...counted,
        infinite: 0,
        mean: numbers.mean,
        standardDeviation: numbers.std_dev,
        sketch: sketchOf(numbers).toState(),
      };
    else if (text !== undefined)
      features[name] = { kind: "categorical", ...counted, categories: categoriesOf(text).toState() };
  }
  return { format: PROFILE_FORMAT, version: PROFILE_VERSION, rows: statistics.dataset.item_count, features };
}
