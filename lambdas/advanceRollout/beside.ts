/** What a shadow and a weighted canary do to the account. Every effect may run twice. */
import {
  type ProductionVariant,
  UpdateEndpointCommand,
  type UpdateEndpointCommandInput,
  UpdateEndpointWeightsAndCapacitiesCommand,
} from "@aws-sdk/client-sagemaker";
import { shadowConfigName, weightedConfigName } from "../../core/rollout/advance.ts";
import { SluiceError } from "../shared/errors.ts";
import { createConfig, dataCapture, type EffectContext, variantOf } from "./effects.ts";
import { CHALLENGER, VARIANT } from "./names.ts";
import { instancesOf, runningInstances, servingVariant, sizeKept } from "./size.ts";

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
  const instances = Math.ceil((await instancesOf(context)) * sampling);
  await createConfig(context, {
    EndpointConfigName: name,
    ProductionVariants: [champion],
    ShadowProductionVariants: [variantOf(context, CHALLENGER, instances, weight)],
    DataCaptureConfig: dataCapture(context, live.live.captureUri),
  });
}

/**
 * Champion and challenger, both serving, the challenger with its first weight and instances for its last. Captures go where the champion's
 * go, the challenger's under its own name.
 */
export async function createWeightedConfig(context: EffectContext): Promise<void> {
  const { record, settings, live } = context;
  const { step } = settings;
  if (!live || step.strategy !== "weightedCanary")
    throw new SluiceError(
      "MissingRecord",
      `${record.endpointName}: expected a champion to serve beside, found none`,
    );
  const [first = 0] = step.weights;
  const instances = Math.ceil((await instancesOf(context)) * (step.weights.at(-1) ?? 1));
  await createConfig(context, {
    EndpointConfigName: weightedConfigName(record.requestedConfigName),
    ProductionVariants: [
      { ...(await championVariant(context)), InitialVariantWeight: 1 - first },
      variantOf(context, CHALLENGER, instances, first),
    ],
    DataCaptureConfig: dataCapture(context, live.live.captureUri),
  });
}

/** Shifts requests between the two fleets that run; neither is replaced. */
export async function setWeights(
  { sagemaker, record, settings }: EffectContext,
  index: number,
): Promise<void> {
  const { step } = settings;
  const weight = step.strategy === "weightedCanary" ? step.weights[index] : undefined;
  if (weight === undefined)
    throw new SluiceError(
      "InvalidInput",
      `rollout.${record.environment}.step: expected weight ${index + 1} of a weightedCanary, found none`,
    );
  await sagemaker.send(
    new UpdateEndpointWeightsAndCapacitiesCommand({
      EndpointName: record.endpointName,
      DesiredWeightsAndCapacities: [
        { VariantName: VARIANT, DesiredWeight: 1 - weight },
        { VariantName: CHALLENGER, DesiredWeight: weight },
      ],
    }),
  );
}

/** A fleet that was scaled since its configuration was made keeps its size. */
async function championVariant(context: EffectContext): Promise<ProductionVariant> {
  const { fromConfigName } = context.record;
  const [configured, running] = await Promise.all([
    servingVariant(context, fromConfigName),
    runningInstances(context),
  ]);
  if (!configured)
    throw new SluiceError("MissingRecord", `${fromConfigName}: expected a variant ${VARIANT}, found none`);
  return { ...configured, ...(running === undefined ? {} : { InitialInstanceCount: running }) };
}

/**
 * AWS documents nowhere that guardrails work beside shadow variants, and they need the variants of both configurations to have the same
 * names ("Exclusions"), so in and out goes a plain blue/green update.
 */
const updateTo = (
  { sagemaker, record }: EffectContext,
  EndpointConfigName: string,
  more: Partial<UpdateEndpointCommandInput> = {},
): Promise<unknown> =>
  sagemaker.send(
    new UpdateEndpointCommand({ EndpointName: record.endpointName, EndpointConfigName, ...more }),
  );

/** The same champion before and after: there is nothing for an alarm to go back from. */
export const updateToShadow = (context: EffectContext): Promise<unknown> =>
  updateTo(context, shadowConfigName(context.record.requestedConfigName));

/** The champion goes on serving most requests; what the challenger does with the others is judged. */
export const updateToWeights = (context: EffectContext): Promise<unknown> =>
  updateTo(context, weightedConfigName(context.record.requestedConfigName));

/** The challenger alone, once it was judged: its old variant name goes, so that no guardrails can be had. */
export const updateFromWeights = (context: EffectContext): Promise<unknown> =>
  updateTo(context, context.record.requestedConfigName);

/** All at once, without alarms: what it goes back to serves already. */
export async function updateToChampion(context: EffectContext): Promise<void> {
  const { fromConfigName } = context.record;
  await updateTo(context, fromConfigName, await sizeKept(context, fromConfigName));
}
