import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import type { Job, MeasureArgs, MeasureName } from "./measures.ts";

/** Repetitions of a job: the same jobs at any scale, so that a longer run goes on from a shorter one's journal. */
const JOB = 50;

/**
 * Threads that share out jobs; what comes out does not depend on their number. With a journal, a file of what was counted, a run that was
 * stopped goes on where it was: it holds for one state of the code only.
 */
export class Workers {
  readonly #idle: Worker[];
  readonly #all: readonly Worker[];
  readonly #waiting: (() => void)[] = [];

  readonly #journal: string | undefined;
  readonly #counted = new Map<string, number[]>();

  constructor(count: number, journal?: string) {
    this.#journal = journal;
    if (journal !== undefined && existsSync(journal))
      for (const line of readFileSync(journal, "utf8")
        .split("\n")
        .filter((text) => text !== "")) {
        const [job, sums] = JSON.parse(line) as [string, number[]];
        this.#counted.set(job, sums);
      }
    this.#all = Array.from({ length: count }, () => new Worker(new URL("worker.ts", import.meta.url)));
    this.#idle = [...this.#all];
  }

  async #run(job: Job): Promise<number[]> {
    const name = JSON.stringify(job);
    const counted = this.#counted.get(name) ?? (await this.#count(job));
    if (this.#journal !== undefined && !this.#counted.has(name))
      appendFileSync(this.#journal, `${JSON.stringify([name, counted])}\n`);
    return counted;
  }

  async #count(job: Job): Promise<number[]> {
    while (this.#idle.length === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    const worker = this.#idle.pop() as Worker;
    try {
      return await new Promise((resolve, reject) => {
        worker.removeAllListeners();
        worker.once("message", resolve).once("error", reject);
        worker.postMessage(job);
      });
    } finally {
      this.#idle.push(worker);
      this.#waiting.shift()?.();
    }
  }

  /** Sums of a measure that is not cut up. */
  one<N extends MeasureName>(measure: N, ...args: MeasureArgs<N>): Promise<number[]> {
    return this.#run({ measure, args });
  }

  /** Sums of a measure over so many repetitions. */
  async sum<N extends MeasureName>(
    measure: N,
    repetitions: number,
    ...args: MeasureArgs<N>
  ): Promise<number[]> {
    const ranges = Array.from({ length: Math.ceil(repetitions / JOB) }, (_, i) => {
      return [i * JOB, Math.min(repetitions, (i + 1) * JOB)] as const;
    });
    const parts = await Promise.all(ranges.map((range) => this.#run({ measure, args: [...args, range] })));
    return parts.reduce((sums, part) => sums.map((sum, i) => sum + (part[i] as number)));
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((worker) => worker.terminate()));
  }
}
