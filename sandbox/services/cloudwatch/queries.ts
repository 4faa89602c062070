import { evaluate, type MathValue, parseExpression, referredIds, type Series } from "./metricMath.ts";
import { type MetricName, type MetricStore, metricKey } from "./metricStore.ts";

/** One entry of `MetricDataQueries` or of an alarm's `Metrics`. */
export interface MetricQuery {
  readonly Id: string;
  readonly MetricStat?: {
    readonly Metric: {
      readonly Namespace?: string;
      readonly MetricName?: string;
      readonly Dimensions?: readonly { Name: string; Value: string }[];
    };
    readonly Period: number;
    readonly Stat: string;
    readonly Unit?: string;
  };
  readonly Expression?: string;
  readonly Label?: string;
  readonly ReturnData?: boolean;
  readonly Period?: number;
}

export function metricOf(query: NonNullable<MetricQuery["MetricStat"]>): MetricName {
  return {
    namespace: query.Metric.Namespace ?? "",
    metricName: query.Metric.MetricName ?? "",
    dimensions: Object.fromEntries((query.Metric.Dimensions ?? []).map((each) => [each.Name, each.Value])),
  };
}

/** Keys of the metrics behind a set of queries. */
export function keysOf(queries: readonly MetricQuery[]): readonly string[] {
  return queries.flatMap((query) => (query.MetricStat ? [metricKey(metricOf(query.MetricStat))] : []));
}

/** Period in milliseconds that an expression works on: the longest of the metrics that it refers to. */
export function periodOf(query: MetricQuery, queries: readonly MetricQuery[]): number {
  if (query.MetricStat) return query.MetricStat.Period * 1000;
  if (query.Period !== undefined) return query.Period * 1000;
  const referred = query.Expression === undefined ? [] : referredIds(parseExpression(query.Expression));
  const parts = queries.filter(
    (each) => each !== query && (referred.length === 0 || referred.includes(each.Id)),
  );
  return Math.max(60_000, ...parts.map((each) => (each.MetricStat ? each.MetricStat.Period * 1000 : 60_000)));
}

/** Evaluates queries over [from, to), each once. */
export class QueryEvaluation {
  readonly #store: MetricStore;
  readonly #queries: readonly MetricQuery[];
  readonly #from: number;
  readonly #to: number;
  readonly #known = new Map<string, Series>();

  constructor(store: MetricStore, queries: readonly MetricQuery[], from: number, to: number) {
    this.#store = store;
    this.#queries = queries;
    this.#from = from;
    this.#to = to;
  }

  /** @throws Error for an unknown id, a cycle or an expression that cannot be evaluated */
  series(id: string, path: readonly string[] = []): Series {
    const known = this.#known.get(id);
    if (known) return known;
    const query = this.#queries.find((each) => each.Id === id);
    if (!query) throw new Error(`expression refers to ${JSON.stringify(id)}, which no query has as its id`);
    if (path.includes(id))
      throw new Error(`expressions refer to each other in a circle: ${[...path, id].join(" → ")}`);
    const series = query.MetricStat ? this.#plain(query.MetricStat) : this.#expression(query, [...path, id]);
    this.#known.set(id, series);
    return series;
  }

  #plain(stat: NonNullable<MetricQuery["MetricStat"]>): Series {
    const key = metricKey(metricOf(stat));
    const points = this.#times(stat.Period * 1000).flatMap((at): [number, number][] => {
      const value = this.#store.statistic(key, at, stat.Period * 1000, stat.Stat);
      return value === undefined ? [] : [[at, value]];
    });
    return new Map(points);
  }

  #expression(query: MetricQuery, path: readonly string[]): Series {
    const periodMilliseconds = periodOf(query, this.#queries);
    const times = this.#times(periodMilliseconds);
    const value: MathValue = evaluate(parseExpression(query.Expression ?? ""), {
      series: (id) => this.series(id, path),
      metrics: () =>
        this.#queries.filter((each) => each.MetricStat).map((each) => this.series(each.Id, path)),
      times,
      periodMilliseconds,
    });
    if (typeof value === "number") return new Map(times.map((at) => [at, value]));
    if (Array.isArray(value))
      throw new Error(`expression ${query.Expression}: gives several series, expected one`);
    return value as Series;
  }

  #times(period: number): readonly number[] {
    const first = Math.floor(this.#from / period) * period;
    const count = Math.max(0, Math.ceil((this.#to - first) / period));
    return Array.from({ length: count }, (_, index) => first + index * period);
  }
}
