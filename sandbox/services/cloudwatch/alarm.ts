import type { Timer } from "../../kernel/types.ts";
import type { Rule } from "./compositeRule.ts";
import type { AlarmDefinition } from "./definition.ts";
import type { StateValue } from "./judge.ts";

export interface HistoryItem {
  readonly AlarmName: string;
  readonly AlarmType: "MetricAlarm" | "CompositeAlarm";
  readonly Timestamp: number;
  readonly HistoryItemType: "StateUpdate" | "ConfigurationUpdate" | "Action";
  readonly HistorySummary: string;
  readonly HistoryData: string;
}

export interface Alarm {
  readonly name: string;
  readonly arn: string;
  definition: AlarmDefinition;
  rule: Rule | undefined;
  state: StateValue;
  reason: string;
  reasonData: string | undefined;
  stateUpdated: number;
  configured: number;
  timer: Timer | undefined;
  tags: Record<string, string>;
}
