/** Requests for retraining and the settings that they are decided by. */
import type { RetrainingCause } from "../../contracts/records.ts";
import type { RetrainingRequest } from "../../core/retraining/decide.ts";

export const settings = {
  cooldown: 24 * 3600,
  weeklyBudget: 3,
  minimumLabels: 1000,
  rows: 8000,
  giveUpAfter: 2,
  rollBackWithin: 3600,
};
export const now = new Date("2026-01-10T12:00:00Z");
export const hours = (count: number): Date => new Date(now.getTime() + count * 3_600_000);
export const request = (id: string, cause: RetrainingCause = "drift"): RetrainingRequest => ({
  requestId: id,
  causeKey: `alarm@${id}`,
  cause,
});
