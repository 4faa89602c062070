import type { SandboxKernel } from "../../kernel/kernel.ts";
import { type AlarmState, ServiceError } from "../../kernel/types.ts";
import { notify } from "./actions.ts";
import type { Alarm, HistoryItem } from "./alarm.ts";
import { childrenOf, evaluateRule, parseRule, type Rule } from "./compositeRule.ts";
import {
  type AlarmDefinition,
  breachTest,
  type MetricAlarmInput,
  queriesOf,
  watchedQuery,
} from "./definition.ts";
import { extraPeriods, judge, type StateValue } from "./judge.ts";
import type { MetricStore } from "./metricStore.ts";
import { keysOf, periodOf, QueryEvaluation } from "./queries.ts";

/**
 * Alarms, evaluated at the end of each period on the clock. An alarm whose metrics are silent and whose state cannot change any more has
 * no timer; the next value of one of its metrics sets one.
 */
export class AlarmStore {
  readonly alarms = new Map<string, Alarm>();
  readonly history: HistoryItem[] = [];
  readonly #kernel: SandboxKernel;
  readonly #metrics: MetricStore;
  readonly #watchers = new Map<string, Set<Alarm>>();
  readonly #listeners = new Set<(state: AlarmState) => void>();

  constructor(kernel: SandboxKernel, metrics: MetricStore) {
    this.#kernel = kernel;
    this.#metrics = metrics;
    metrics.onValue = (key) => {
      for (const alarm of this.#watchers.get(key) ?? []) this.#arm(alarm);
    };
  }

  onTransition(listener: (state: AlarmState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get(name: string): AlarmState | undefined {
    const alarm = this.alarms.get(name);
    return alarm && { alarmName: alarm.name, stateValue: alarm.state };
  }

  /** Creates an alarm, or changes it: then its state stays what it is, as in AWS. */
  put(definition: AlarmDefinition): Alarm {
    const known = this.alarms.get(definition.name);
    const now = this.#kernel.clock.now();
    const rule =
      definition.kind === "composite" ? this.#checkedRule(definition.rule, definition.name) : undefined;
    if (known) this.#unwatch(known);
    const alarm: Alarm = known ?? {
      name: definition.name,
      arn: `arn:aws:cloudwatch:${this.#kernel.region}:${this.#kernel.accountId}:alarm:${definition.name}`,
      definition,
      rule,
      state: "INSUFFICIENT_DATA",
      reason: "Unchecked: Initial alarm creation",
      reasonData: undefined,
      stateUpdated: now,
      configured: now,
      timer: undefined,
      tags: {},
    };
    Object.assign(alarm, { definition, rule, configured: now });
    this.alarms.set(alarm.name, alarm);
    this.#record(alarm, "ConfigurationUpdate", `Alarm "${alarm.name}" ${known ? "updated" : "created"}`, {});
    if (definition.kind === "metric") {
      for (const key of keysOf(queriesOf(definition.input))) this.#watch(key, alarm);
      this.#arm(alarm);
    } else this.#evaluateComposite(alarm);
    return alarm;
  }

  delete(names: readonly string[]): void {
    for (const name of names) {
      const alarm = this.alarms.get(name);
      if (!alarm) continue;
      this.#unwatch(alarm);
      this.alarms.delete(name);
    }
  }

  /** Sets a state by hand; the next evaluation may set it back. */
  setState(alarm: Alarm, state: StateValue, reason: string, reasonData: string | undefined): void {
    this.#transition(alarm, state, reason, reasonData);
    if (alarm.definition.kind === "metric") this.#arm(alarm);
  }

  #checkedRule(text: string, name: string): Rule {
    let rule: Rule;
    try {
      rule = parseRule(text);
    } catch (error) {
      throw new ServiceError("ValidationException", (error as Error).message);
    }
    const absent = childrenOf(rule).filter((child) => child === name || !this.alarms.has(child));
    if (absent.length > 0)
      throw new ServiceError(
        "ValidationException",
        `AlarmRule: could not find alarms ${absent.map((each) => JSON.stringify(each)).join(", ")}`,
      );
    return rule;
  }

  #watch(key: string, alarm: Alarm): void {
    const watchers = this.#watchers.get(key) ?? new Set();
    this.#watchers.set(key, watchers);
    watchers.add(alarm);
  }

  #unwatch(alarm: Alarm): void {
    this.#kernel.clock.clearTimer(alarm.timer);
    alarm.timer = undefined;
    if (alarm.definition.kind !== "metric") return;
    for (const key of keysOf(queriesOf(alarm.definition.input))) this.#watchers.get(key)?.delete(alarm);
  }

  #arm(alarm: Alarm): void {
    if (alarm.timer || alarm.definition.kind !== "metric") return;
    const period = periodMilliseconds(alarm.definition.input);
    const at = (Math.floor(this.#kernel.clock.now() / period) + 1) * period;
    const run = () => {
      alarm.timer = undefined;
      this.#evaluate(alarm, at);
    };
    alarm.timer = this.#kernel.clock.setTimer(at, run, { order: 6, key: `alarm ${alarm.name}` });
  }

  #evaluate(alarm: Alarm, at: number): void {
    if (alarm.definition.kind !== "metric") return;
    const { input } = alarm.definition;
    const period = periodMilliseconds(input);
    const count = input.EvaluationPeriods + extraPeriods;
    const from = at - count * period;
    const queries = queriesOf(input);
    const series = new QueryEvaluation(this.#metrics, queries, from, at).series(watchedQuery(queries).Id);
    const points = Array.from({ length: count }, (_, index) => series.get(from + index * period));
    const next = judge({
      points,
      breaches: breachTest(input),
      periods: input.EvaluationPeriods,
      toAlarm: input.DatapointsToAlarm ?? input.EvaluationPeriods,
      missing: input.TreatMissingData ?? "missing",
      current: alarm.state,
    });
    const changed = next !== alarm.state;
    if (changed) this.#transition(alarm, next, ...explain(input, points, next, from, period));
    // While values are in range the window moves over them; after that nothing changes until a new value comes.
    const silent = keysOf(queries).every((key) => !this.#metrics.hasData(key, from, at));
    if (changed || !silent) this.#arm(alarm);
  }

  #evaluateComposite(alarm: Alarm): void {
    if (!alarm.rule) return;
    const next = evaluateRule(alarm.rule, (name) => this.alarms.get(name)?.state ?? "INSUFFICIENT_DATA")
      ? "ALARM"
      : "OK";
    if (next !== alarm.state)
      this.#transition(
        alarm,
        next,
        `${alarm.arn} was evaluated and ${next === "ALARM" ? "met" : "did not meet"} its rule`,
        undefined,
      );
  }

  #transition(alarm: Alarm, state: StateValue, reason: string, reasonData: string | undefined): void {
    const now = this.#kernel.clock.now();
    const previous = {
      value: alarm.state,
      reason: alarm.reason,
      reasonData: alarm.reasonData,
      timestamp: alarm.stateUpdated,
    };
    Object.assign(alarm, { reason, reasonData });
    if (state === alarm.state) return;
    Object.assign(alarm, { state, stateUpdated: now });
    this.#record(alarm, "StateUpdate", `Alarm updated from ${previous.value} to ${state}`, {
      oldState: previous,
      newState: { value: state, reason },
    });
    for (const listener of this.#listeners) listener({ alarmName: alarm.name, stateValue: state });
    notify(this.#kernel, alarm, previous);
    for (const other of this.alarms.values())
      if (other.rule && childrenOf(other.rule).includes(alarm.name)) this.#evaluateComposite(other);
  }

  #record(alarm: Alarm, type: HistoryItem["HistoryItemType"], summary: string, data: object): void {
    this.history.push({
      AlarmName: alarm.name,
      AlarmType: alarm.definition.kind === "metric" ? "MetricAlarm" : "CompositeAlarm",
      Timestamp: this.#kernel.clock.now(),
      HistoryItemType: type,
      HistorySummary: summary,
      HistoryData: JSON.stringify({ version: "1.0", ...data }),
    });
  }
}

function periodMilliseconds(input: MetricAlarmInput): number {
  const queries = queriesOf(input);
  return periodOf(watchedQuery(queries), queries);
}

function explain(
  input: MetricAlarmInput,
  points: readonly (number | undefined)[],
  next: StateValue,
  from: number,
  period: number,
): [string, string] {
  const recent = points
    .map((value, index) => ({ value, at: new Date(from + index * period) }))
    .filter((point) => point.value !== undefined)
    .slice(-input.EvaluationPeriods);
  const shown = recent.map((point) => `${point.value} (${point.at.toISOString()})`).join(", ");
  const data = {
    version: "1.0",
    period: period / 1000,
    recentDatapoints: recent.map((point) => point.value),
    threshold: input.Threshold,
  };
  if (recent.length === 0) {
    const reason =
      next === "INSUFFICIENT_DATA"
        ? "Insufficient Data: no datapoints were received"
        : `Threshold Crossed: no datapoints were received for ${input.EvaluationPeriods} periods and missing datapoints were treated as [${next === "ALARM" ? "Breaching" : "NonBreaching"}].`;
    return [reason, JSON.stringify(data)];
  }
  const verb = next === "ALARM" ? "" : "not ";
  return [
    `Threshold Crossed: ${recent.length} datapoints [${shown}] were ${verb}${input.ComparisonOperator} (${input.Threshold}).`,
    JSON.stringify(data),
  ];
}
