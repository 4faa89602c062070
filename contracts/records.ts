/**
 * Records: what the release, the rollout and the retraining of a model remember. One DynamoDB table, `pk`/`sk` strings.
 * Each record has a `version` that every write checks, so that a step which runs twice changes nothing the second time.
 */
import type { EnvironmentName } from "./modelSpec.ts";

export interface Versioned {
  readonly version: number;
}

export type RetrainingCause = "drift" | "quality" | "concept-drift" | "schedule" | "person";

/** Why this release was made: a commit, or a retraining with its request. */
export type ReleaseCause =
  | { readonly kind: "commit" }
  | { readonly kind: "retraining"; readonly requestId: string; readonly cause: RetrainingCause };

/** One metric with its confidence interval (bootstrap percentile, 95 %). */
export interface Measured {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface Comparison {
  readonly champion: string;
  readonly championMetrics: Readonly<Record<string, Measured>>;
  readonly metric: string;
  readonly margin: number;
  /** Candidate minus champion, oriented so that more is better; null where the metric is not defined on these rows. */
  readonly difference: Measured | null;
  readonly verdict: "pass" | "fail" | "inconclusive";
  readonly reason: string;
}

export type EvaluationVerdict = "pass" | "fail" | "inconclusive";

/** The judgement of a candidate on the holdout. */
export interface Evaluation {
  readonly verdict: EvaluationVerdict;
  readonly reasons: readonly { readonly code: string; readonly message: string }[];
  readonly holdoutRows: number;
  readonly metrics: Readonly<Record<string, Measured>>;
  readonly limits: readonly {
    readonly metric: string;
    readonly limit: number;
    readonly value: number;
    readonly ok: boolean;
  }[];
  readonly comparison: Comparison | null;
}

export interface Approval {
  readonly status: "Approved" | "Rejected";
  readonly by: string;
  readonly summary: string;
  readonly at: string;
}

/** One release: one pipeline execution. pk `RELEASE#<model>#<releaseId>`, sk `RELEASE`. */
export interface ReleaseRecord extends Versioned {
  /** The pipeline execution id. */
  readonly releaseId: string;
  readonly modelName: string;
  readonly cause: ReleaseCause;
  readonly startedAt: string;
  readonly commit: { readonly revision: string; readonly sourceUri: string; readonly sourceSha256: string };
  readonly specUri: string;
  readonly goldenUri: string;
  readonly datasetId?: string;
  readonly manifestUri?: string;
  /** What the next dataset is compared with once this one is in service. */
  readonly datasetSummaryUri?: string;
  readonly trainingJobName?: string;
  readonly modelDataUri?: string;
  readonly image?: string;
  readonly modelEnvironment?: Readonly<Record<string, string>>;
  readonly evaluationUri?: string;
  readonly evaluation?: Evaluation;
  readonly modelPackageArn?: string;
  readonly approval?: Approval;
  readonly outcome?: {
    readonly status: "succeeded" | "failed" | "stopped";
    readonly at: string;
    readonly reason: string;
  };
}

/** What serves now, and what to go back to. pk `ENDPOINT#<environment>#<model>`, sk `LIVE`. */
export interface LiveRecord extends Versioned {
  readonly endpointName: string;
  readonly live: DeployedModel;
  readonly previous: DeployedModel | null;
}

export interface DeployedModel {
  readonly releaseId: string;
  readonly endpointConfigName: string;
  readonly sagemakerModelName: string;
  readonly modelPackageArn: string | null;
  readonly deployedAt: string;
  readonly captureUri: string;
}

export type RolloutPhase =
  | "preparing"
  | "waiting-for-traffic"
  | "entering-shadow"
  | "shadowing"
  | "leaving-shadow"
  | "entering-weights"
  | "weighing"
  | "leaving-weights"
  | "updating"
  | "succeeded"
  | "rolled-back"
  | "failed";

export interface RolloutResult {
  readonly code: string;
  readonly message: string;
  readonly numbers: Readonly<Record<string, number>>;
}

/** Pairs of answers so far: the champion's, and the challenger's to a copy of the same request. */
export interface ShadowTally {
  readonly pairs: number;
  /** Pairs that the challenger gave no score for: its call failed. */
  readonly unanswered: number;
  /** Decisions on different sides of the threshold; a missing answer is one. */
  readonly different: number;
  /** Sums of the absolute distances of scores and of their squares. */
  readonly distance: number;
  readonly squares: number;
}

/** What a shadow phase has seen. */
export interface ShadowFacts {
  readonly startedAt: string;
  /** Captures before this time are in the tally. */
  readonly comparedUntil: string;
  readonly tally: ShadowTally;
  /** The last judgement of the tally. */
  readonly verdict: { readonly reason: string; readonly numbers: Readonly<Record<string, number>> } | null;
}

/** Where a weighted canary stands. */
export interface WeightFacts {
  /** Place in the settings' list of weights. */
  readonly index: number;
  /** When this weight began. */
  readonly since: string;
  /** The last judgement of this weight. */
  readonly verdict: { readonly reason: string; readonly numbers: Readonly<Record<string, number>> } | null;
}

/** One rollout; at most one of an endpoint is open. pk `ENDPOINT#<environment>#<model>`, sk `ROLLOUT`. */
export interface RolloutRecord extends Versioned {
  readonly rolloutId: string;
  readonly releaseId: string;
  readonly modelName: string;
  readonly environment: EnvironmentName;
  readonly endpointName: string;
  readonly phase: RolloutPhase;
  /** A rollback to the previous configuration, asked by remediation or a person, instead of a release. */
  readonly kind: "release" | "rollback";
  readonly startedAt: string;
  readonly requestedConfigName: string;
  readonly fromConfigName: string;
  readonly cancelRequested: boolean;
  /** Alarms of this rollout that were seen in ALARM; kept, because they go back once the new fleet is gone. */
  readonly alarmsSeen: readonly string[];
  readonly history: readonly {
    readonly at: string;
    readonly phase: RolloutPhase;
    readonly message: string;
  }[];
  /** Absent until the rollout's shadow serves, and in rollouts without one. */
  readonly shadow?: ShadowFacts;
  /** Absent until a weighted canary serves, and in rollouts without one. */
  readonly weights?: WeightFacts;
  /** Why the rollout goes back to the champion's configuration: saved before the endpoint is touched, and its result at the end. */
  readonly leaving?: RolloutResult;
  readonly result: RolloutResult | null;
}

/** Ties everything that put a model on an endpoint. pk `LINEAGE#<model>`, sk `<deployedAt>#<environment>`. */
export interface LineageRecord {
  readonly modelName: string;
  readonly environment: EnvironmentName;
  readonly deployedAt: string;
  readonly release: ReleaseRecord;
  readonly rollout: RolloutRecord;
  readonly deployed: DeployedModel;
  readonly replaced: DeployedModel | null;
}

/** Brakes of retraining. pk `RETRAINING#<model>`, sk `STATE`. */
export interface RetrainingState extends Versioned {
  readonly running: {
    readonly requestId: string;
    readonly causeKey: string;
    readonly cause: RetrainingCause;
    readonly startedAt: string;
    readonly pipelineExecutionId?: string;
    /** How its data were joined, if that took many turns. */
    readonly join?: RetrainingJoin;
  } | null;
  /** The request whose data are being joined turn by turn; whether it is begun is decided after that. Absent in older records. */
  readonly preparing?: PreparingRetraining | null;
  readonly lastStartedAt: string | null;
  /** Start times within the budget's week. */
  readonly startedThisWeek: readonly string[];
  /** Retrainings in a row that did not reach production. */
  readonly withoutHelp: number;
  /** The cause keys (alarm and transition) already answered. */
  readonly answered: readonly string[];
  /** What the last join found that did not suffice. Absent in a record that was written before it existed, and until a join was made. */
  readonly lastJoin?: LabelCount | null;
}

/** A join in many turns: where its steps lie, and the state machine's execution that asks for them. */
export interface RetrainingJoin {
  /** `s3://bucket/folder`, without a slash at its end. */
  readonly plan: string;
  readonly execution: string;
  /** Of the request. */
  readonly requestedAt: string;
}

/** A join that takes longer is ended. */
export const MOST_JOIN_SECONDS = 86_400;

export interface PreparingRetraining {
  readonly requestId: string;
  readonly causeKey: string;
  readonly cause: RetrainingCause;
  readonly join: RetrainingJoin;
  readonly since: string;
}

/** Rows that a retraining could use, when its data were last joined. */
export interface LabelCount {
  /** Dataset of the model in service then: with another one, other rows are new. */
  readonly datasetId: string;
  /** Ids that had a label. */
  readonly labels: number;
  /** Bytes of the files of labels. Absent in older records. */
  readonly labelBytes?: number;
  /** Labels whose captured request had not been found. */
  readonly unmatched: number;
  /** Labelled rows that the dataset does not have. */
  readonly freshRows: number;
}

/**
 * A frozen dataset while its files are there. It is written before the first file, so a clean-up and a release that needs the same bytes
 * again meet here. pk `DATASET#<model>`, sk the id.
 */
export interface DatasetRecord extends Versioned {
  readonly modelName: string;
  readonly datasetId: string;
  /** Datasets it was made from. */
  readonly parents: readonly string[];
  /** When a release last froze it; the same bytes give the same dataset. */
  readonly lastUsedAt: string;
  readonly state: "kept" | "deleting" | "deleted";
  readonly deletingSince: string | null;
}

/** What became of a request, refused ones too. pk `RETRAINING#<model>`, sk `REQUEST#<at>#<requestId>`. */
export interface RetrainingRequestRecord {
  readonly requestId: string;
  readonly causeKey: string;
  readonly cause: RetrainingCause;
  readonly requestedAt: string;
  readonly decidedAt: string;
  readonly decision: "started" | "refused";
  readonly reason: string;
  readonly numbers: Readonly<Record<string, number>>;
}

export const keys = {
  release: (modelName: string, releaseId: string) => ({
    pk: `RELEASE#${modelName}#${releaseId}`,
    sk: "RELEASE",
  }),
  live: (environment: string, modelName: string) => ({
    pk: `ENDPOINT#${environment}#${modelName}`,
    sk: "LIVE",
  }),
  rollout: (environment: string, modelName: string) => ({
    pk: `ENDPOINT#${environment}#${modelName}`,
    sk: "ROLLOUT",
  }),
  monitor: (environment: string, modelName: string) => ({
    pk: `ENDPOINT#${environment}#${modelName}`,
    sk: "MONITOR",
  }),
  lineage: (modelName: string, deployedAt: string, environment: string) => ({
    pk: `LINEAGE#${modelName}`,
    sk: `${deployedAt}#${environment}`,
  }),
  dataset: (modelName: string, datasetId: string) => ({ pk: `DATASET#${modelName}`, sk: datasetId }),
  retraining: (modelName: string) => ({ pk: `RETRAINING#${modelName}`, sk: "STATE" }),
  /** @param answer `started`, or the reason code of a refusal: a request has one record of each answer */
  retrainingRequest: (modelName: string, requestId: string, answer: string) => ({
    pk: `RETRAINING#${modelName}`,
    sk: `REQUEST#${requestId}#${answer}`,
  }),
} as const;
