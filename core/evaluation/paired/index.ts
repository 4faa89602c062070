/** Comparison of two models over rows that come one by one, for files of any length. `compareModels` is for rows in memory. */

export { fallingOrder } from "../scoreWalk.ts";
export { areHeld, PairedComparison, type PairedTask } from "./pairedComparison.ts";
export type { WalkResults } from "./pairedSums.ts";
export { type RankedRows, type WalkPlan, walkDown } from "./rankWalks.ts";
