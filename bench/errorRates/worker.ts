/** A thread that runs the jobs it is sent. */
import { parentPort } from "node:worker_threads";
import { type Job, runJob } from "./measures.ts";

parentPort?.on("message", (job: Job) => parentPort?.postMessage(runJob(job)));
