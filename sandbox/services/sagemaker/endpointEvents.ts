/** How an endpoint looks from outside: DescribeEndpoint and the two EventBridge events. */
import type { Sagemaker } from "./common.ts";
import type { Endpoint, VariantStatus } from "./endpoint.ts";
import type { Fleet, Variant } from "./fleet.ts";

function summary(variant: Variant, status: VariantStatus | undefined): object {
  return {
    VariantName: variant.spec.VariantName,
    DeployedImages: [{ SpecifiedImage: variant.image, ResolvedImage: variant.image }],
    CurrentWeight: variant.currentWeight,
    DesiredWeight: variant.desiredWeight,
    CurrentInstanceCount: variant.currentInstanceCount,
    DesiredInstanceCount: variant.desiredInstanceCount,
    ...(status ? { VariantStatus: [status] } : {}),
  };
}

const summaries = (fleet: Fleet | undefined, status?: VariantStatus) => ({
  ...(fleet ? { ProductionVariants: fleet.production.map((v) => summary(v, status)) } : {}),
  ...(fleet && fleet.shadow.length > 0
    ? { ShadowProductionVariants: fleet.shadow.map((v) => summary(v, status)) }
    : {}),
});

/** The DescribeEndpoint answer. */
export function describe(endpoint: Endpoint): Record<string, unknown> {
  const { pending } = endpoint;
  const capture = endpoint.fleet?.config.DataCaptureConfig;
  return {
    EndpointName: endpoint.name,
    EndpointArn: endpoint.arn,
    EndpointConfigName: endpoint.configName,
    ...summaries(endpoint.fleet),
    ...(capture
      ? {
          DataCaptureConfig: {
            EnableCapture: capture.EnableCapture,
            CaptureStatus: capture.EnableCapture ? "Started" : "Stopped",
            CurrentSamplingPercentage: capture.InitialSamplingPercentage,
            DestinationS3Uri: capture.DestinationS3Uri,
            KmsKeyId: capture.KmsKeyId ?? "",
          },
        }
      : {}),
    EndpointStatus: endpoint.status,
    ...(endpoint.failureReason ? { FailureReason: endpoint.failureReason } : {}),
    CreationTime: endpoint.creationTime,
    LastModifiedTime: endpoint.lastModifiedTime,
    ...(endpoint.lastDeploymentConfig ? { LastDeploymentConfig: endpoint.lastDeploymentConfig } : {}),
    ...(pending
      ? {
          PendingDeploymentSummary: {
            EndpointConfigName: pending.config.EndpointConfigName,
            StartTime: pending.startTime,
            ...(pending.fleet
              ? summaries(pending.fleet, pending.status)
              : {
                  ProductionVariants: pending.config.ProductionVariants.map(({ VariantName }) => ({
                    VariantName,
                    VariantStatus: [pending.status],
                  })),
                }),
          },
        }
      : {}),
  };
}

/** Events carry statuses in upper snake case (`IN_SERVICE`), unlike the API. */
export const snake = (status: string): string => status.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();

/** Dates become epoch milliseconds in events. */
function plain(value: unknown): unknown {
  if (value instanceof Date) return value.getTime();
  if (Array.isArray(value)) return value.map(plain);
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  }
  return value;
}

function detailOf(service: Sagemaker, endpoint: Endpoint): Record<string, unknown> {
  const described = describe(endpoint);
  const keys = [
    "EndpointName",
    "EndpointArn",
    "EndpointConfigName",
    "ProductionVariants",
    "CreationTime",
    "LastModifiedTime",
    "FailureReason",
  ];
  const kept = Object.fromEntries(
    keys.filter((key) => described[key] !== undefined).map((key) => [key, plain(described[key])]),
  );
  return { ...kept, EndpointStatus: snake(endpoint.status), Tags: service.tags.asObject(endpoint.arn) };
}

export function emitEndpointState(service: Sagemaker, endpoint: Endpoint): void {
  service.kernel.emitEvent({
    source: "aws.sagemaker",
    "detail-type": "SageMaker Endpoint State Change",
    detail: detailOf(service, endpoint),
    resources: [endpoint.arn],
  });
}

export function emitDeploymentState(service: Sagemaker, endpoint: Endpoint): void {
  service.kernel.emitEvent({
    source: "aws.sagemaker",
    "detail-type": "SageMaker Endpoint Deployment State Change",
    detail: {
      ...detailOf(service, endpoint),
      PendingDeploymentSummary: plain(describe(endpoint).PendingDeploymentSummary) ?? null,
    },
    resources: [endpoint.arn],
  });
}
