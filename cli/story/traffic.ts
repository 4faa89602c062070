/** Replays the calls through the production endpoint, sixteen at a time and 47 in each window, and delivers their labels hours later. */
import { createCallers } from "./callers.ts";
import type { Call } from "./calls.ts";
import { MODEL, type World } from "./world.ts";

export const CALLS_PER_WINDOW = 47;
/** Callers who call at the same instant: an endpoint has more than one client. */
const CALLERS = 16;
/** The outcome of a call is known after this time; its label is then delivered with those of its hour. */
const LABEL_HOURS = 4;
const HOUR = 3_600_000;

export interface Answered {
  readonly id: string;
  readonly at: number;
  readonly score: number | null;
  readonly error: string | null;
  readonly label: string;
}

export interface Traffic {
  readonly answered: readonly Answered[];
  readonly labelsDelivered: number;
  /** Plays one window: calls spread evenly, {@link CALLERS} at each instant, then the labels that are due. */
  window(calls: readonly Call[], seconds: number): Promise<void>;
  /** Delivers the labels of hours that are old enough. */
  deliverLabels(): Promise<void>;
  readonly pendingLabels: number;
}

const hourOf = (at: number): number => Math.floor(at / HOUR) * HOUR;
const hourPath = (hour: number): string =>
  `${new Date(hour).toISOString().slice(0, 10).replaceAll("-", "/")}/${new Date(hour).toISOString().slice(11, 13)}`;

export function createTraffic(world: World): Traffic {
  const send = createCallers(world.settings, world.endpointName);
  const answered: Answered[] = [];
  const pending = new Map<number, Answered[]>();
  let labelsDelivered = 0;

  async function callAtOnce(calls: readonly Call[]): Promise<void> {
    const at = world.now();
    const requests = calls.map(({ body }, index) => ({
      inferenceId: `call-${String(answered.length + index + 1).padStart(6, "0")}`,
      body,
    }));
    const replies = await send(requests);
    const entries = replies.map(
      (reply, index): Answered => ({
        id: requests[index]?.inferenceId ?? "",
        at,
        score: "score" in reply ? reply.score : null,
        error: "error" in reply ? reply.error : null,
        label: calls[index]?.label ?? "",
      }),
    );
    answered.push(...entries);
    pending.set(hourOf(at), [...(pending.get(hourOf(at)) ?? []), ...entries]);
  }

  async function deliverLabels(): Promise<void> {
    for (const [hour, entries] of [...pending]) {
      if (hour + HOUR + LABEL_HOURS * HOUR > world.now()) continue;
      pending.delete(hour);
      const lines = entries.map(({ id, label }) =>
        JSON.stringify({
          groundTruthData: { data: label, encoding: "CSV" },
          eventMetadata: { eventId: id },
          eventVersion: "0",
        }),
      );
      await world.putObject(
        world.prod.captureBucket,
        `labels/${MODEL}/${hourPath(hour)}/outcomes.jsonl`,
        `${lines.join("\n")}\n`,
      );
      labelsDelivered += entries.length;
    }
  }

  return {
    answered,
    get labelsDelivered() {
      return labelsDelivered;
    },
    get pendingLabels() {
      return [...pending.values()].reduce((sum, entries) => sum + entries.length, 0);
    },
    async window(calls, seconds) {
      const start = world.now();
      const instants = Math.ceil(calls.length / CALLERS);
      for (let instant = 0; instant < instants; instant += 1) {
        await world.sandbox.clock.sleepUntil(
          start + Math.round(((instant + 0.5) * seconds * 1000) / instants),
        );
        await callAtOnce(calls.slice(instant * CALLERS, (instant + 1) * CALLERS));
      }
      await world.sandbox.clock.sleepUntil(start + seconds * 1000);
      await deliverLabels();
    },
    deliverLabels,
  };
}
