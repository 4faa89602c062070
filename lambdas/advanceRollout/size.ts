/** How many instances serve: a fleet that was scaled since its configuration was made must not shrink by a rollout. */
import {
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  type ProductionVariant,
  type UpdateEndpointCommandInput,
} from "@aws-sdk/client-sagemaker";
import type { RolloutRecord } from "../../contracts/records.ts";
import type { RolloutSettings } from "../../contracts/rolloutSpec.ts";
import { VARIANT } from "./names.ts";
import type { Clients } from "./observe.ts";

interface Endpoint extends Pick<Clients, "sagemaker"> {
  readonly record: Pick<RolloutRecord, "endpointName">;
}

/** Instances that serve now, those on their way included; undefined where SageMaker names none. */
export async function runningInstances({ sagemaker, record }: Endpoint): Promise<number | undefined> {
  const { ProductionVariants } = await sagemaker.send(
    new DescribeEndpointCommand({ EndpointName: record.endpointName }),
  );
  return ProductionVariants?.find(({ VariantName }) => VariantName === VARIANT)?.DesiredInstanceCount;
}

export async function servingVariant(
  { sagemaker }: Endpoint,
  EndpointConfigName: string,
): Promise<ProductionVariant | undefined> {
  const { ProductionVariants } = await sagemaker.send(
    new DescribeEndpointConfigCommand({ EndpointConfigName }),
  );
  return ProductionVariants?.find(({ VariantName }) => VariantName === VARIANT);
}

/** Instances of the release: with autoscaling as many as serve now, within its bounds. */
export async function instancesOf(
  context: Endpoint & { readonly settings: Pick<RolloutSettings, "instances" | "autoscaling"> },
): Promise<number> {
  const { instances, autoscaling } = context.settings;
  if (!autoscaling) return instances;
  const running = (await runningInstances(context)) ?? instances;
  return Math.min(autoscaling.maximumInstances, Math.max(instances, running));
}

/**
 * What an update back to a configuration needs, so that the fleet is as large as the one that serves now: a configuration cannot be
 * changed, and this one may be from a quieter day. Nothing where it is large enough.
 */
export async function sizeKept(
  context: Endpoint,
  configName: string,
): Promise<Partial<UpdateEndpointCommandInput>> {
  const [variant, running] = await Promise.all([
    servingVariant(context, configName),
    runningInstances(context),
  ]);
  if (running === undefined || running <= (variant?.InitialInstanceCount ?? running)) return {};
  return {
    RetainAllVariantProperties: true,
    ExcludeRetainedVariantProperties: [
      { VariantPropertyType: "DesiredWeight" },
      { VariantPropertyType: "DataCaptureConfig" },
    ],
  };
}
