import type {
  SageMakerCheck,
  SageMakerConstraints,
  SageMakerStatistics,
  SageMakerType,
  SageMakerViolations,
} from "../../contracts/sageMakerBaseline.ts";
import { CategoricalCounts, linfDistance, QuantileSketch, robustLinfDistance } from "../statistics/index.ts";
import type { CategoricalProfile, FeatureProfile, NumericProfile, ReferenceProfile } from "./types.ts";

const BUCKETS = 10;
const THRESHOLD = 0.1;

function typeOf(feature: FeatureProfile): SageMakerType {
  if (feature.kind === "categorical") return "String";
  const cells = QuantileSketch.fromState(feature.sketch).cells();
  if (cells.length === 0) return "Unknown";
  // Only exact sketches know every value; a column of more than 128 distinct whole numbers is called Fractional.
  return cells.every((c) => c.low === c.high && Number.isInteger(c.low)) ? "Integral" : "Fractional";
}

function numerical(feature: NumericProfile) {
  const sketch = QuantileSketch.fromState(feature.sketch);
  const mean = feature.mean ?? 0;
  const [min, max] = sketch.count === 0 ? [0, 0] : [sketch.min, sketch.max];
  const edge = (i: number): number => (i === BUCKETS ? max : min + (i * (max - min)) / BUCKETS);
  let below = 0;
  const buckets = Array.from({ length: sketch.count === 0 ? 0 : BUCKETS }, (_, i) => {
    const upTo = i === BUCKETS - 1 ? sketch.count : Math.round(sketch.cdf(edge(i + 1)) * sketch.count);
    const count = upTo - below;
    below = upTo;
    return { lower_bound: edge(i), upper_bound: edge(i + 1), count };
  });
  return {
    common: { num_present: sketch.count, num_missing: feature.missing + feature.infinite },
    mean,
    sum: mean * sketch.count,
    std_dev: feature.standardDeviation ?? 0,
    min,
    max,
    distribution: {
      kll: { buckets, sketch: { parameters: { c: 0.64, k: 2048 }, data: leveledItems(sketch) } },
    },
  };
}

/** The sketch as items of weight 2^level: each cell's count in binary, at the middle of the cell. */
function leveledItems(sketch: QuantileSketch): number[][] {
  const levels: number[][] = [];
  for (const { low, high, count } of sketch.cells()) {
    for (let level = 0, rest = count; rest > 0; level++, rest = Math.floor(rest / 2)) {
      levels[level] ??= [];
      if (rest % 2 === 1) levels[level]?.push((low + high) / 2);
    }
  }
  return levels;
}

/** statistics.json of a profile. */
export function toSageMakerStatistics(profile: ReferenceProfile): SageMakerStatistics {
  const features = Object.entries(profile.features).map(([name, feature]) => {
    const inferred_type = typeOf(feature);
    if (feature.kind === "numeric") return { name, inferred_type, numerical_statistics: numerical(feature) };
    const counts = CategoricalCounts.fromState(feature.categories);
    const buckets = [...(counts.byName() ?? [])].map(([value, count]) => ({ value, count }));
    const string_statistics = {
      common: { num_present: counts.count, num_missing: feature.missing },
      distinct_count: counts.distinct(),
      distribution: { categorical: { buckets } },
    };
    return { name, inferred_type, string_statistics };
  });
  return { version: 0, dataset: { item_count: profile.rows }, features };
}

/** constraints.json that the reference data itself meets. */
export function toSageMakerConstraints(profile: ReferenceProfile): SageMakerConstraints {
  const features = Object.entries(profile.features).map(([name, feature]) => {
    const completeness = profile.rows === 0 ? 1 : 1 - feature.missing / profile.rows;
    const base = { name, inferred_type: typeOf(feature), completeness };
    if (feature.kind === "numeric")
      return { ...base, num_constraints: { is_non_negative: (feature.sketch.min ?? 0) >= 0 } };
    const domains = CategoricalCounts.fromState(feature.categories).byName();
    return {
      ...base,
      ...(domains === undefined ? {} : { string_constraints: { domains: [...domains.keys()] } }),
    };
  });
  return {
    version: 0,
    features,
    monitoring_config: {
      evaluate_constraints: "Enabled",
      datatype_check_threshold: THRESHOLD,
      domain_content_threshold: THRESHOLD,
      distribution_constraints: {
        perform_comparison: "Enabled",
        comparison_threshold: THRESHOLD,
        comparison_method: "Robust",
        categorical_comparison_threshold: THRESHOLD,
      },
    },
  };
}

interface Gap {
  /** Largest difference of shares (categories) or of distribution functions (numbers), as SageMaker measures drift. */
  readonly distance: number;
  readonly n: number;
  readonly m: number;
}

/** How far two features are apart; undefined where one has no values, or another kind. */
function gapOf(reference: FeatureProfile, current: FeatureProfile): Gap | undefined {
  const gap =
    reference.kind === "numeric"
      ? current.kind === "numeric" && numericGap(reference, current)
      : current.kind === "categorical" && categoryGap(reference, current);
  return gap && gap.n > 0 && gap.m > 0 ? gap : undefined;
}

function numericGap(reference: NumericProfile, current: NumericProfile): Gap {
  const [a, b] = [QuantileSketch.fromState(reference.sketch), QuantileSketch.fromState(current.sketch)];
  const points = [...a.cells(), ...b.cells()].map((c) => c.high);
  const distance = points.reduce((most, x) => Math.max(most, Math.abs(a.cdf(x) - b.cdf(x))), 0);
  return { distance, n: a.count, m: b.count };
}

function categoryGap(reference: CategoricalProfile, current: CategoricalProfile): Gap {
  const [a, b] = [
    CategoricalCounts.fromState(reference.categories),
    CategoricalCounts.fromState(current.categories),
  ];
  const [x, y] = [a.byName(), b.byName()];
  const names = x && y && [...new Set([...x.keys(), ...y.keys()])];
  const distance = names
    ? linfDistance(
        names.map((k) => x.get(k) ?? 0),
        names.map((k) => y.get(k) ?? 0),
      )
    : linfDistance(a.byHash(), b.byHash());
  return { distance, n: a.count, m: b.count };
}

/** constraint_violations.json of current data against constraints and the reference's statistics. */
export function checkSageMakerConstraints(
  constraints: SageMakerConstraints,
  reference: ReferenceProfile,
  current: ReferenceProfile,
): SageMakerViolations {
  const violations: { feature_name: string; constraint_check_type: SageMakerCheck; description: string }[] =
    [];
  const report = (feature_name: string, constraint_check_type: SageMakerCheck, description: string): void => {
    violations.push({ feature_name, constraint_check_type, description });
  };
  const config = constraints.monitoring_config ?? {};
  if (config.evaluate_constraints === "Disabled") return { violations };
  const known = new Set(constraints.features.map((f) => f.name));
  for (const name of Object.keys(current.features)) {
    if (!known.has(name))
      report(name, "extra_column_check", `There are extra columns in current dataset: ${name}`);
  }
  for (const feature of constraints.features) {
    const now = current.features[feature.name];
    if (now === undefined) {
      report(
        feature.name,
        "missing_column_check",
        `There are missing columns in current dataset: ${feature.name}`,
      );
      continue;
    }
    checkFeature(feature, now, config.domain_content_threshold ?? 1, report);
    const before = reference.features[feature.name];
    const comparison = config.distribution_constraints;
    const measured =
      before === undefined || comparison?.perform_comparison !== "Enabled" ? undefined : gapOf(before, now);
    if (measured === undefined) continue;
    const threshold =
      (now.kind === "numeric"
        ? comparison?.comparison_threshold
        : comparison?.categorical_comparison_threshold) ?? THRESHOLD;
    const isRobust = comparison?.comparison_method !== "Simple";
    const distance = isRobust
      ? robustLinfDistance(measured.distance, measured.n, measured.m)
      : measured.distance;
    if (distance > threshold) {
      report(
        feature.name,
        "baseline_drift_check",
        `Baseline drift distance: ${distance} exceeds threshold: ${threshold}`,
      );
    }
  }
  return { violations };
}

function checkFeature(
  feature: SageMakerConstraints["features"][number],
  now: FeatureProfile,
  leastDomainContent: number,
  report: (name: string, check: SageMakerCheck, description: string) => void,
): void {
  const isText = feature.inferred_type === "String";
  if (feature.inferred_type !== "Unknown" && isText !== (now.kind === "categorical")) {
    report(
      feature.name,
      "data_type_check",
      `Data type match requirement is not met. Expected data type: ${feature.inferred_type}, got: ${typeOf(now)}`,
    );
    return;
  }
  const completeness = now.rows === 0 ? 1 : 1 - now.missing / now.rows;
  if (completeness < feature.completeness) {
    report(
      feature.name,
      "completeness_check",
      `Completeness ${completeness} is below the required ${feature.completeness}`,
    );
  }
  const domains = feature.string_constraints?.domains;
  if (domains === undefined || now.kind !== "categorical") return;
  const counts = CategoricalCounts.fromState(now.categories);
  const inside = [...(counts.byName() ?? [])].reduce(
    (sum, [name, count]) => sum + (domains.includes(name) ? count : 0),
    0,
  );
  const share = counts.count === 0 ? 1 : inside / counts.count;
  if (share < leastDomainContent) {
    report(
      feature.name,
      "categorical_values_check",
      `Value: ${share} does not meet the constraint requirement of ${leastDomainContent} inside the known domain`,
    );
  }
}
