/** Comparison of two models over rows that come one by one, for files of any length. `compareModels` is for rows in memory. */

export type { WalkPlan } from "../metrics/plan.ts";
export { fallingOrder } from "../scoreWalk.ts";
export { areHeld, PairedComparison, type PairedTask } from "./pairedComparison.ts";
export type { WalkResults } from "./pairedSums.ts";
export { type RankedRows, walkDown } from "./rankWalks.ts";
