/** A rollout's record and settings, for tests to change. */

import type { DeployedModel, RolloutRecord } from "../../contracts/records.ts";
import type { RolloutSettings } from "../../contracts/rolloutSpec.ts";
import type { Observation } from "../../core/rollout/advance.ts";

export const canarySettings: RolloutSettings = {
  instances: 10,
  step: { strategy: "canary", size: 0.2, bake: 900, finalBake: 300 },
  alarms: { errorRate: 0.02, latencyP90: 500 },
  withoutTraffic: "hold",
  minimumRequests: 20,
};
/** A release that has not touched the endpoint yet. */
export const rolloutRecord = (change: Partial<RolloutRecord> = {}): RolloutRecord => ({
  version: 1,
  rolloutId: "r1",
  releaseId: "rel",
  modelName: "m",
  environment: "prod",
  endpointName: "m-prod",
  phase: "preparing",
  kind: "release",
  startedAt: "2026-01-05T00:00:00.000Z",
  requestedConfigName: "new",
  fromConfigName: "old",
  cancelRequested: false,
  alarmsSeen: [],
  history: [],
  result: null,
  ...change,
});

/** The champion serves, with traffic, an hour after the release's record began. */
export const rolloutSeen = (change: Partial<Observation> = {}): Observation => ({
  now: Date.parse("2026-01-05T01:00:00.000Z"),
  endpointStatus: "InService",
  liveConfigName: "old",
  pendingConfigName: null,
  failureReason: null,
  alarmsRaised: [],
  recentRequests: 100,
  newFleetRequests: null,
  isBootstrapLive: false,
  compared: null,
  looks: null,
  ...change,
});

/** Environment variables of the rollout's Lambda. */
export const rolloutEnvironment = {
  RECORDS_TABLE: "t",
  POWERTOOLS_SERVICE_NAME: "p",
  ENVIRONMENT_NAME: "prod",
  ENDPOINT_ROLE_ARN: "role",
  CAPTURE_BUCKET: "captures",
  KMS_KEY_ARN: "key",
};

/** CloudWatch with traffic and without alarms. */
export const calmCloudWatch = {
  GetMetricStatistics: { Datapoints: [{ Sum: 500 }] },
  DescribeAlarms: { MetricAlarms: [] },
};

/** A model in service whose release and configuration have one name. */
export const deployedModel = (name: string): DeployedModel => ({
  releaseId: name,
  endpointConfigName: name,
  sagemakerModelName: name,
  modelPackageArn: null,
  deployedAt: "2026-02-01T09:00:00.000Z",
  captureUri: `s3://captures/captures/tiny/${name}`,
});
