/** Names of what a rollout makes. SageMaker allows 63 characters: model (24), environment (7), ten hex digits and a shadow's suffix fit. */
import { createHash } from "node:crypto";

export const VARIANT = "primary";
/** The shadow variant that answers copies of the requests. */
export const CHALLENGER = "challenger";

export const configPrefix = (modelName: string, environment: string): string =>
  `${modelName}-${environment}-r`;

export function configName(modelName: string, environment: string, rolloutId: string): string {
  return `${configPrefix(modelName, environment)}${createHash("sha256").update(rolloutId).digest("hex").slice(0, 10)}`;
}

export const rolloutAlarms = (config: string) =>
  ({ errors: `${config}-errors`, latency: `${config}-latency`, abort: `${config}-abort` }) as const;
