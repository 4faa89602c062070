/** The state of one endpoint. */
import type { DeploymentConfig } from "./deploymentConfig.ts";
import type { EndpointConfig } from "./endpointConfigs.ts";
import type { Fleet } from "./fleet.ts";

export interface VariantStatus {
  readonly Status: "Creating" | "Updating" | "Deleting" | "ActivatingTraffic" | "Baking";
  readonly StartTime: Date;
}

export type EndpointStatus = "Creating" | "Updating" | "InService" | "Deleting" | "Failed";

/** An update in progress. `fleet` is the green one, `share` the part of the traffic that it takes. */
export interface PendingDeployment {
  readonly config: EndpointConfig;
  readonly startTime: Date;
  status: VariantStatus;
  fleet: Fleet | undefined;
  share: number;
}

export interface Endpoint {
  readonly name: string;
  readonly arn: string;
  readonly creationTime: Date;
  lastModifiedTime: Date;
  status: EndpointStatus;
  configName: string;
  failureReason: string | undefined;
  /** The fleet that serves; none before the first is in service. */
  fleet: Fleet | undefined;
  pending: PendingDeployment | undefined;
  /** Given at the last update, or at creation for later use with RetainDeploymentConfig. */
  lastDeploymentConfig: DeploymentConfig | undefined;
  /** Requests without an inference id are told apart by their number. */
  requests: number;
}
