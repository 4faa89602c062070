/** What both variants of a weighted canary did, minute by minute: requests, errors and latency from CloudWatch, scores from captures. */
import { GetMetricStatisticsCommand } from "@aws-sdk/client-cloudwatch";
import type { LiveRecord } from "../../contracts/records.ts";
import type { Observation } from "../../core/rollout/advance.ts";
import type { Look, VariantLook } from "../../core/rollout/judge/index.ts";
import { messageOf } from "../shared/errors.ts";
import { type Answer, type Answers, type BesideContext, readAnswers } from "./answers.ts";
import { CHALLENGER, VARIANT } from "./names.ts";
import type { Clients } from "./observe.ts";

const MINUTE = 60_000;

type Context = BesideContext & Pick<Clients, "cloudwatch">;

/**
 * Whole minutes from the beginning of this weight up to the watermark, because metrics and captures arrive late. What cannot be read
 * gives no looks: the rollout waits, and the longest time of the weight ends it.
 */
export async function readLooks(context: Context): Promise<Observation["looks"]> {
  const { record, spec, live, log, now } = context;
  if (record.phase !== "weighing" || !record.weights || !live) return null;
  const from = Math.ceil(Date.parse(record.weights.since) / MINUTE) * MINUTE;
  const until = Math.floor((now.getTime() - spec.monitoring.watermark * 1000) / MINUTE) * MINUTE;
  if (until <= from) return [];
  try {
    return await looksOf(context, live, from, until);
  } catch (error) {
    log.warn("looks could not be read", { rolloutId: record.rolloutId, reason: messageOf(error) });
    return null;
  }
}

async function looksOf(context: Context, live: LiveRecord, from: number, until: number): Promise<Look[]> {
  const answers = await readAnswers(context, live, from, until);
  const [champion, challenger] = await Promise.all(
    [VARIANT, CHALLENGER].map((variant) => sideOf(context, answers, variant, from, until)),
  );
  const looks: Look[] = [];
  for (let at = from; at < until; at += MINUTE)
    looks.push({ at, champion: champion?.(at) ?? NOTHING, challenger: challenger?.(at) ?? NOTHING });
  return looks;
}

const NOTHING: VariantLook = { requests: 0, counts: { errors: 0 }, values: { latency: null, score: null } };

/** One variant's minutes. */
async function sideOf(
  context: Context,
  answers: Answers,
  variant: string,
  from: number,
  until: number,
): Promise<(at: number) => VariantLook> {
  const read = (name: string, statistic: "Sum" | "p90") =>
    minutesOf(context, variant, name, statistic, from, until);
  const [requests, errors, latency] = await Promise.all([
    read("Invocations", "Sum"),
    read("Invocation5XXErrors", "Sum"),
    read("ModelLatency", "p90"),
  ]);
  const scores = meanScores(answers(variant, from, until));
  return (at) => {
    const made = requests.get(at) ?? 0;
    return {
      requests: made,
      counts: { errors: Math.min(made, errors.get(at) ?? 0) },
      values: { latency: latency.get(at) ?? null, score: scores.get(at) ?? null },
    };
  };
}

/** One metric of a variant by minute. A weight lasts a day at most: no more than the 1,440 points that CloudWatch gives at once. */
async function minutesOf(
  { cloudwatch, record }: Context,
  variant: string,
  metricName: string,
  statistic: "Sum" | "p90",
  from: number,
  until: number,
): Promise<ReadonlyMap<number, number>> {
  const { Datapoints } = await cloudwatch.send(
    new GetMetricStatisticsCommand({
      Namespace: "AWS/SageMaker",
      MetricName: metricName,
      // The challenger's name exists in this configuration alone, and so does the champion's while it does.
      Dimensions: [
        { Name: "EndpointName", Value: record.endpointName },
        { Name: "VariantName", Value: variant },
      ],
      StartTime: new Date(from),
      EndTime: new Date(until),
      Period: 60,
      ...(statistic === "Sum" ? { Statistics: ["Sum"] } : { ExtendedStatistics: [statistic] }),
    }),
  );
  return new Map(
    (Datapoints ?? []).flatMap(({ Timestamp, Sum, ExtendedStatistics }) => {
      const value = statistic === "Sum" ? Sum : ExtendedStatistics?.[statistic];
      return Timestamp && value !== undefined ? [[Timestamp.getTime(), value] as const] : [];
    }),
  );
}

function meanScores(answers: readonly Answer[]): ReadonlyMap<number, number> {
  const sums = new Map<number, { sum: number; count: number }>();
  for (const { at, score } of answers) {
    if (score === null) continue;
    const minute = Math.floor(at / MINUTE) * MINUTE;
    const known = sums.get(minute) ?? { sum: 0, count: 0 };
    sums.set(minute, { sum: known.sum + score, count: known.count + 1 });
  }
  return new Map([...sums].map(([minute, { sum, count }]) => [minute, sum / count]));
}
