/** A thread that walks down the rows it is given. */
import { parentPort, workerData } from "node:worker_threads";
import { type RankJob, runRankJob } from "./rankWalks.ts";

parentPort?.postMessage((workerData as readonly RankJob[]).map(runRankJob));
