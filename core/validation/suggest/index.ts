/** Suites to start from, made of data. */
export {
  type SuggestedExpectation,
  type SuggestedSuite,
  type SuggestOptions,
  SuiteSuggester,
} from "./suggestSuite.ts";
