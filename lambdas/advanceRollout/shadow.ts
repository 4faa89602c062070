/** What the shadow phase does to the account. Every effect may run twice. */
import {
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  type ProductionVariant,
  UpdateEndpointCommand,
} from "@aws-sdk/client-sagemaker";
import { shadowConfigName } from "../../core/rollout/advance.ts";
import { SluiceError } from "../shared/errors.ts";
import { createConfig, dataCapture, type EffectContext, variantOf } from "./effects.ts";
import { CHALLENGER, VARIANT } from "./names.ts";

/**
 * The champion's variant as it is live, and the challenger beside it. Captures go where the champion's go, so that monitors and
 * retraining go on reading what it serves; the challenger's lie beside them under its own name.
 */
export async function createShadowConfig(context: EffectContext): Promise<void> {
  const { record, settings, live } = context;
  if (!live || !settings.shadow)
    throw new SluiceError(
      "MissingRecord",
      `${record.endpointName}: expected a champion to shadow, found none`,
    );
  const champion = await championVariant(context);
  const { sampling } = settings.shadow;
  const name = shadowConfigName(record.requestedConfigName);
  // SageMaker copies the share of requests that the shadow's weight has of the production variant's.
  const weight = sampling * (champion.InitialVariantWeight ?? 1);
  const instances = Math.ceil(settings.instances * sampling);
  await createConfig(context, {
    EndpointConfigName: name,
    ProductionVariants: [champion],
    ShadowProductionVariants: [variantOf(context, CHALLENGER, instances, weight)],
    DataCaptureConfig: dataCapture(context, live.live.captureUri),
  });
}

/** The instances are counted now: a fleet that was scaled since its configuration was made keeps its size. */
async function championVariant({ sagemaker, record }: EffectContext): Promise<ProductionVariant> {
  const [config, endpoint] = await Promise.all([
    sagemaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: record.fromConfigName })),
    sagemaker.send(new DescribeEndpointCommand({ EndpointName: record.endpointName })),
  ]);
  const configured = config.ProductionVariants?.find(({ VariantName }) => VariantName === VARIANT);
  if (!configured)
    throw new SluiceError(
      "MissingRecord",
      `${record.fromConfigName}: expected a variant ${VARIANT}, found none`,
    );
  const running = endpoint.ProductionVariants?.find(({ VariantName }) => VariantName === VARIANT);
  const InitialInstanceCount = running?.DesiredInstanceCount ?? configured.InitialInstanceCount;
  return { ...configured, ...(InitialInstanceCount === undefined ? {} : { InitialInstanceCount }) };
}

/** AWS documents nowhere that guardrails work beside shadow variants, so into the shadow and out of it goes a plain blue/green update. */
const updateTo = ({ sagemaker, record }: EffectContext, EndpointConfigName: string): Promise<unknown> =>
  sagemaker.send(new UpdateEndpointCommand({ EndpointName: record.endpointName, EndpointConfigName }));

/** The same champion before and after: there is nothing for an alarm to go back from. */
export const updateToShadow = (context: EffectContext): Promise<unknown> =>
  updateTo(context, shadowConfigName(context.record.requestedConfigName));

/** All at once, without alarms: what it goes back to serves already. */
export const updateToChampion = (context: EffectContext): Promise<unknown> =>
  updateTo(context, context.record.fromConfigName);
