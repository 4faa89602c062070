/** Names of what a rollout makes. SageMaker allows 63 characters: model (24), environment (7) and ten hex digits fit. */
import { createHash } from "node:crypto";

export const VARIANT = "primary";

export const configPrefix = (modelName: string, environment: string): string =>
  `${modelName}-${environment}-r`;

export function configName(modelName: string, environment: string, rolloutId: string): string {
  return `${configPrefix(modelName, environment)}${createHash("sha256").update(rolloutId).digest("hex").slice(0, 10)}`;
}

export const rolloutAlarms = (config: string) =>
  ({ errors: `${config}-errors`, latency: `${config}-latency`, abort: `${config}-abort` }) as const;
