/** Shapes of the three files of SageMaker Model Monitor: what this project writes, and what it reads of theirs. */

export interface SageMakerCommon {
  readonly num_present: number;
  readonly num_missing: number;
}

export interface SageMakerNumericalStatistics {
  readonly common: SageMakerCommon;
  readonly mean: number;
  readonly sum: number;
  readonly std_dev: number;
  readonly min: number;
  readonly max: number;
  readonly distribution?: {
    readonly kll?: {
      readonly buckets: readonly {
        readonly lower_bound: number;
        readonly upper_bound: number;
        readonly count: number;
      }[];
      /** Level i holds values that stand for 2^i rows each. */
      readonly sketch?: {
        readonly parameters: { readonly c: number; readonly k: number };
        readonly data: readonly (readonly number[])[];
      };
    };
  };
}

export interface SageMakerStringStatistics {
  readonly common: SageMakerCommon;
  readonly distinct_count: number;
  readonly distribution?: {
    readonly categorical?: {
      readonly buckets: readonly { readonly value: string; readonly count: number }[];
    };
  };
}

export type SageMakerType = "Integral" | "Fractional" | "String" | "Unknown";

export interface SageMakerStatistics {
  readonly version: number;
  readonly dataset: { readonly item_count: number };
  readonly features: readonly {
    readonly name: string;
    readonly inferred_type: SageMakerType;
    readonly numerical_statistics?: SageMakerNumericalStatistics;
    readonly string_statistics?: SageMakerStringStatistics;
  }[];
}

export interface SageMakerConstraints {
  readonly version: number;
  readonly features: readonly {
    readonly name: string;
    readonly inferred_type: SageMakerType;
    readonly completeness: number;
    readonly num_constraints?: { readonly is_non_negative: boolean };
    readonly string_constraints?: { readonly domains: readonly string[] };
  }[];
  readonly monitoring_config?: {
    readonly evaluate_constraints?: string;
    readonly datatype_check_threshold?: number;
    readonly domain_content_threshold?: number;
    readonly distribution_constraints?: {
      readonly perform_comparison?: string;
      readonly comparison_threshold?: number;
      readonly comparison_method?: string;
      readonly categorical_comparison_threshold?: number;
    };
  };
}

export type SageMakerCheck =
  | "data_type_check"
  | "completeness_check"
  | "baseline_drift_check"
  | "missing_column_check"
  | "extra_column_check"
  | "categorical_values_check";

export interface SageMakerViolations {
  readonly violations: readonly {
    readonly feature_name: string;
    readonly constraint_check_type: SageMakerCheck;
    readonly description: string;
  }[];
}
