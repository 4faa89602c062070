export type ComponentName = "location" | "spread" | "shape" | "categories" | "unseen" | "missing";

/** One question asked about a feature, with its answer. */
export interface ComponentResult {
  readonly component: ComponentName;
  readonly test: string;
  readonly statistic: number;
  readonly pValue: number;
  /** Size of the change in the component's own unit, signed where it has a direction. */
  readonly effect: number;
}
