/** Great Expectations suites, run as they are in one pass over rows; suites made of data; datasets compared with the one before. */
export {
  type ConsistencyPolicy,
  type ConsistencyResult,
  compareDatasets,
  type DatasetSummary,
  DEFAULT_CONSISTENCY_POLICY,
  summarizeDataset,
} from "./consistency/index.ts";
export { EXPECTATIONS } from "./expectations.ts";
export { parseSuite } from "./parseSuite.ts";
export { type SuggestedSuite, type SuggestOptions, SuiteSuggester } from "./suggest/index.ts";
export { SuiteRunner, type SuiteRunnerOptions, verdictOf } from "./suiteRunner.ts";
export {
  type ColumnBatch,
  type ExpectationConfig,
  type ExpectationResult,
  type ResultFormat,
  type ResultFormatName,
  type Row,
  type Severity,
  type Suite,
  SuiteError,
  type SuiteResult,
} from "./types.ts";
export { asksForRows, UnexpectedRows } from "./unexpectedRows.ts";
