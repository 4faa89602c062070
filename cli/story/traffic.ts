/** Replays the calls through the production endpoint, three at a time and about 45 in each window, and delivers their labels hours later. */
import { InvokeEndpointCommand } from "@aws-sdk/client-sagemaker-runtime";
import type { Call } from "./calls.ts";
import { MODEL, type World } from "./world.ts";

export const CALLS_PER_WINDOW = 45;
/** Callers who call at the same instant: an endpoint has more than one client. */
const CALLERS = 3;
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
  const answered: Answered[] = [];
  const pending = new Map<number, Answered[]>();
  let labelsDelivered = 0;
  let begun = 0;

  async function call(one: Call): Promise<void> {
    const at = world.now();
    const place = begun++;
    const id = `call-${String(place + 1).padStart(6, "0")}`;
    let score: number | null = null;
    let error: string | null = null;
    try {
      const { Body } = await world.clients.runtime.send(
        new InvokeEndpointCommand({
          EndpointName: world.endpointName,
          ContentType: "text/csv",
          Accept: "text/csv",
          InferenceId: id,
          Body: new TextEncoder().encode(one.body),
        }),
      );
      score = Number(new TextDecoder().decode(Body));
    } catch (cause) {
      error = cause instanceof Error ? cause.name : String(cause);
    }
    const entry: Answered = { id, at, score, error, label: one.label };
    answered[place] = entry;
    const hour = hourOf(at);
    const entries = pending.get(hour);
    if (entries) entries.push(entry);
    else pending.set(hour, [entry]);
  }

  async function deliverLabels(): Promise<void> {
    for (const [hour, entries] of [...pending]) {
      if (hour + HOUR + LABEL_HOURS * HOUR > world.now()) continue;
      pending.delete(hour);
      const lines = entries
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .map(({ id, label }) =>
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
        await Promise.all(calls.slice(instant * CALLERS, (instant + 1) * CALLERS).map(call));
      }
      await world.sandbox.clock.sleepUntil(start + seconds * 1000);
      await deliverLabels();
    },
    deliverLabels,
  };
}
