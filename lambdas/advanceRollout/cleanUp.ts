/** What a rollout leaves behind is what serves, and what can be gone back to. */
import { DeleteAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import {
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  ListEndpointConfigsCommand,
} from "@aws-sdk/client-sagemaker";
import { shadowConfigName, weightedConfigName } from "../../core/rollout/advance.ts";
import type { EffectContext } from "./effects.ts";
import { configPrefix, rolloutAlarms } from "./names.ts";

/**
 * Deletes this rollout's alarms, and configurations and models that rollouts made for this endpoint and nobody needs: not the one that
 * serves, not the one to go back to, not one in an update. Judged by a fresh look at the endpoint.
 */
export async function cleanUp(
  { sagemaker, cloudwatch, record, environment, live }: EffectContext,
  keep: readonly (string | null)[],
): Promise<string[]> {
  await cloudwatch.send(
    new DeleteAlarmsCommand({ AlarmNames: Object.values(rolloutAlarms(record.requestedConfigName)) }),
  );
  const needed = new Set([...keep, live?.live.endpointConfigName, live?.previous?.endpointConfigName]);
  // A configuration with a challenger that is kept serves the model of the configuration that it is named after.
  const isNeeded = (name: string): boolean =>
    [name, shadowConfigName(name), weightedConfigName(name)].some((one) => needed.has(one));
  const prefix = configPrefix(record.modelName, environment.ENVIRONMENT_NAME);
  const { EndpointConfigs } = await sagemaker.send(
    new ListEndpointConfigsCommand({ NameContains: prefix, MaxResults: 100 }),
  );
  const unneeded = (EndpointConfigs ?? [])
    .map((config) => config.EndpointConfigName ?? "")
    .filter((name) => name.startsWith(prefix) && !isNeeded(name));
  for (const name of unneeded) {
    // The model first: it is found again by its configuration if this dies between the two.
    await ignoreAbsent(() => sagemaker.send(new DeleteModelCommand({ ModelName: name })));
    await ignoreAbsent(() => sagemaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: name })));
  }
  return unneeded;
}

async function ignoreAbsent(remove: () => Promise<unknown>): Promise<void> {
  try {
    await remove();
  } catch (error) {
    if (!(error instanceof Error && /could not find/i.test(error.message))) throw error;
  }
}
