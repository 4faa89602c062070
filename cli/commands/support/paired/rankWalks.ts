import { Worker } from "node:worker_threads";
import { type WalkPlan, type WalkResults, walkDown } from "../../../../core/evaluation/paired/index.ts";
import { RowWeights } from "../../../../core/statistics/resampling/rowWeights.ts";
import { readRanked } from "../../../spill/rankedRuns.ts";
import type { Extent } from "../../../spill/spillFile.ts";

/** A walk down rows that lie on the disk; it can be sent to another thread. */
export interface RankJob {
  readonly plan: WalkPlan;
  readonly descriptor: number;
  readonly runs: readonly Extent[];
  readonly repetitions: number;
  readonly seed: number;
}

export function runRankJob({ plan, descriptor, runs, repetitions, seed }: RankJob): WalkResults[number] {
  return walkDown(plan, readRanked(descriptor, runs), new RowWeights(repetitions, seed));
}

/** The results in the order of the jobs. Another thread does every second one. */
export async function runRankJobs(jobs: readonly RankJob[]): Promise<WalkResults> {
  const results: WalkResults[number][] = [];
  const theirs = [...jobs.entries()].filter(([at]) => at % 2 === 1);
  const other = theirs.length > 0 ? inWorker(theirs.map(([, job]) => job)) : Promise.resolve([]);
  // It is waited for below; until then nobody listens.
  other.catch(() => {});
  for (const [at, job] of jobs.entries()) {
    if (at % 2 === 1) continue;
    // The other thread begins when this one is idle.
    await new Promise(setImmediate);
    results[at] = runRankJob(job);
  }
  const found = await other;
  theirs.forEach(([at], i) => {
    results[at] = found[i] as WalkResults[number];
  });
  return results;
}

function inWorker(jobs: readonly RankJob[]): Promise<WalkResults> {
  const worker = new Worker(new URL("rankWorker.ts", import.meta.url), { workerData: jobs });
  return new Promise((resolve, reject) => {
    worker.once("message", resolve).once("error", reject);
  });
}
