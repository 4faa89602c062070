/** A frozen dataset: which bytes a model was trained on and judged by. Nothing rewrites it; the same bytes give the same id. */
export type SplitName = "train" | "validation" | "holdout";

export interface DatasetFile {
  readonly uri: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly rows: number;
}

export interface DatasetManifest {
  readonly formatVersion: 1;
  /** `ds-` and the first 20 hex digits of the SHA-256 over schema, split rule and content hashes; places and times do not enter. */
  readonly datasetId: string;
  readonly modelName: string;
  readonly createdAt: string;
  readonly cause: string;
  /** Datasets or raw files it was made from. */
  readonly parents: readonly { readonly uri: string; readonly sha256: string }[];
  readonly columns: readonly { readonly name: string; readonly type: "numeric" | "categorical" }[];
  /** Rows in all, also those that `splitRule` left out of every part. */
  readonly rows: number;
  readonly timeRange: { readonly from: string; readonly to: string };
  readonly splits: Readonly<
    Record<
      SplitName,
      {
        readonly features: DatasetFile;
        readonly labels: DatasetFile;
        readonly from: string;
        readonly to: string;
        readonly positiveShare: number | null;
      }
    >
  >;
  /** How groups were kept whole; absent where rows are split by time alone. */
  readonly splitRule?: {
    readonly by: "group" | "timeAndGroup";
    /** The feature whose value is the group. */
    readonly column: string;
    /** Groups in each part; no group is in two. */
    readonly groups: Readonly<Record<SplitName, number>>;
    /** Rows in no part, because their group comes back in a later one; they stay in the history of the next retraining. */
    readonly purgedRows: number;
    readonly purgedGroups: number;
  };
  readonly labelCoverage: number;
  readonly validation: {
    readonly uri: string;
    readonly success: boolean;
    readonly evaluated: number;
    readonly failed: number;
    readonly warnings: number;
    /** The comparison with the dataset of the model in service; absent in datasets made before there was one. */
    readonly consistency?: { readonly uri: string; readonly checks: number; readonly warnings: number };
  };
  readonly profileUri: string;
  /** The `.dvc` file that restores the dataset, without the holdout's labels; where the model asks for it. */
  readonly dvcFileUri?: string;
}

/** Ways in which a dataset may not go on from the one of the model in service. */
export const CONSISTENCY_CODES = [
  "ColumnAdded",
  "ColumnRemoved",
  "TypeChanged",
  "FewerRows",
  "MoreRows",
  "MoreMissing",
  "LabelConstant",
  "LabelShifted",
  "Duplicates",
  "HoldoutSeen",
  "TimeDisorder",
  "TimeFormat",
  "OlderThanBefore",
  "LabelLeak",
] as const;
export type ConsistencyCode = (typeof CONSISTENCY_CODES)[number];
