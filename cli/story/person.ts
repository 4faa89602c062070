/** The person who approves: reads the evaluation, writes the reason, and answers through the CodePipeline API. */
import type { Evaluation } from "../../contracts/records.ts";
import { answerApproval, waitingApproval } from "./pipeline.ts";
import { readRecords } from "./records.ts";
import type { World } from "./world.ts";

export interface Decision {
  readonly at: number;
  readonly releaseId: string;
  readonly answer: "Approved" | "Rejected";
  readonly summary: string;
}

/** Approves a passed evaluation; an inconclusive one only when it is better by its estimate. */
export function decide(evaluation: Evaluation): { answer: Decision["answer"]; summary: string } {
  const reasons = evaluation.reasons.map((reason) => reason.message).join("; ");
  if (evaluation.verdict === "pass") return { answer: "Approved", summary: `evaluation passed: ${reasons}` };
  const gain = evaluation.comparison?.difference?.value ?? Number.NaN;
  return gain > 0
    ? {
        answer: "Approved",
        summary: `inconclusive, but better by its estimate (${gain.toFixed(4)}): ${reasons}`,
      }
    : { answer: "Rejected", summary: `inconclusive, and no better by its estimate: ${reasons}` };
}

/** Answers an approval that waits, if one does; `read` comes first, because a person decides by the news. */
export async function answerWaiting(
  world: World,
  read: () => Promise<void> = async () => {},
): Promise<Decision | null> {
  const waiting = await waitingApproval(world.clients, world.pipelineName);
  if (!waiting) return null;
  await read();
  const release = (await readRecords(world)).releases.find(
    (record) => record.releaseId === waiting.releaseId,
  );
  if (!release?.evaluation)
    throw new Error(`release ${waiting.releaseId} waits for approval without an evaluation`);
  const { answer, summary } = decide(release.evaluation);
  await answerApproval(world.clients, world.pipelineName, waiting, answer, summary);
  world.say(
    `a person ${answer === "Approved" ? "approves" : "rejects"} ${short(waiting.releaseId)}: ${summary}`,
  );
  return { at: world.now(), releaseId: waiting.releaseId, answer, summary };
}

export const short = (id: string): string => id.slice(0, 8);
