/** Whether a dataset goes on from the last accepted one. */
export { type ConsistencyContext, compareDatasets } from "./compare.ts";
export { type ConsistencyPolicy, DEFAULT_CONSISTENCY_POLICY } from "./policy.ts";
export { summarizeDataset } from "./summarize.ts";
export { SummaryBuilder } from "./summaryBuilder.ts";
export type {
  ColumnFacts,
  ConsistencyFinding,
  ConsistencyResult,
  DatasetRows,
  DatasetSummary,
} from "./types.ts";
