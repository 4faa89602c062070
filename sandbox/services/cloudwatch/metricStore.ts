import type { Datum } from "../../kernel/types.ts";

/** Values of one metric in one minute. */
interface Bucket {
  sum: number;
  count: number;
  minimum: number;
  maximum: number;
  /** Single values for percentiles; undefined once a statistic set was published into the bucket. */
  values: number[] | undefined;
}

export interface MetricName {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

interface Metric extends MetricName {
  unit: string | undefined;
  readonly buckets: Map<number, Bucket>;
}

const minute = 60_000;

export function metricKey(metric: MetricName): string {
  const dimensions = Object.entries(metric.dimensions)
    .map(([name, value]) => `${name}=${value}`)
    .sort();
  return [metric.namespace, metric.metricName, ...dimensions].join("\u0000");
}

/** Metric data in minute buckets. */
export class MetricStore {
  readonly #metrics = new Map<string, Metric>();
  /** Told the key of a metric that got a value. */
  onValue: (key: string) => void = () => undefined;

  put(datum: Datum, now: number, count = 1): void {
    const key = metricKey(datum);
    const bucket = this.#bucket(key, datum, datum.timestamp ?? now);
    add(bucket, { sum: datum.value * count, count, minimum: datum.value, maximum: datum.value });
    for (let index = 0; index < count; index++) bucket.values?.push(datum.value);
    this.onValue(key);
  }

  putStatistics(metric: MetricName, statistics: Omit<Bucket, "values">, timestamp: number): void {
    const key = metricKey(metric);
    const bucket = this.#bucket(key, metric, timestamp);
    add(bucket, statistics);
    bucket.values = undefined;
    this.onValue(key);
  }

  /** A statistic over [from, from + period), or undefined without data. @param statistic as AWS names it, `p99.9` included */
  statistic(key: string, from: number, period: number, statistic: string): number | undefined {
    const metric = this.#metrics.get(key);
    if (!metric) return undefined;
    const found: Bucket[] = [];
    if (period / minute <= metric.buckets.size) {
      for (let at = from; at < from + period; at += minute) {
        const bucket = metric.buckets.get(at);
        if (bucket) found.push(bucket);
      }
    } else
      for (const [at, bucket] of metric.buckets) if (at >= from && at < from + period) found.push(bucket);
    return found.length === 0 ? undefined : summarise(found, statistic);
  }

  hasData(key: string, from: number, to: number): boolean {
    const metric = this.#metrics.get(key);
    if (!metric) return false;
    for (let at = to - minute; at >= from; at -= minute) if (metric.buckets.has(at)) return true;
    return false;
  }

  list(): readonly Metric[] {
    return [...this.#metrics.values()];
  }

  #bucket(key: string, metric: MetricName & { unit?: string }, timestamp: number): Bucket {
    let known = this.#metrics.get(key);
    if (!known) {
      known = {
        namespace: metric.namespace,
        metricName: metric.metricName,
        dimensions: { ...metric.dimensions },
        unit: metric.unit,
        buckets: new Map(),
      };
      this.#metrics.set(key, known);
    }
    const at = Math.floor(timestamp / minute) * minute;
    let bucket = known.buckets.get(at);
    if (!bucket) {
      bucket = {
        sum: 0,
        count: 0,
        minimum: Number.POSITIVE_INFINITY,
        maximum: Number.NEGATIVE_INFINITY,
        values: [],
      };
      known.buckets.set(at, bucket);
    }
    return bucket;
  }
}

function add(bucket: Bucket, more: Omit<Bucket, "values">): void {
  bucket.sum += more.sum;
  bucket.count += more.count;
  bucket.minimum = Math.min(bucket.minimum, more.minimum);
  bucket.maximum = Math.max(bucket.maximum, more.maximum);
}

function summarise(buckets: readonly Bucket[], statistic: string): number | undefined {
  const sum = buckets.reduce((total, bucket) => total + bucket.sum, 0);
  const count = buckets.reduce((total, bucket) => total + bucket.count, 0);
  switch (statistic) {
    case "Sum":
      return sum;
    case "SampleCount":
      return count;
    case "Average":
      return sum / count;
    case "Minimum":
      return Math.min(...buckets.map((bucket) => bucket.minimum));
    case "Maximum":
      return Math.max(...buckets.map((bucket) => bucket.maximum));
    default:
      return percentile(buckets, Number(statistic.slice(1)));
  }
}

function percentile(buckets: readonly Bucket[], percent: number): number | undefined {
  if (buckets.some((bucket) => bucket.values === undefined)) return undefined;
  const values = buckets.flatMap((bucket) => bucket.values ?? []).sort((a, b) => a - b);
  const position = (percent / 100) * (values.length - 1);
  const below = values[Math.floor(position)];
  const above = values[Math.ceil(position)];
  if (below === undefined || above === undefined) return undefined;
  return below + (above - below) * (position - Math.floor(position));
}

/** Statistics that alarms and queries may name. */
export function isStatistic(name: string): boolean {
  return (
    ["Sum", "SampleCount", "Average", "Minimum", "Maximum"].includes(name) ||
    /^p(100|\d{1,2}(\.\d+)?)$/.test(name)
  );
}
