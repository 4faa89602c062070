/** Units that a person writes in `model.yaml` and stack settings: `"15 minutes"`, `"10 %"`, `"250 ms"`. */
import * as z from "zod";

const SECONDS = { second: 1, minute: 60, hour: 3600, day: 86_400 } as const;
const DURATION = /^(\d+) (second|minute|hour|day)s?$/;

/** A duration such as `"15 minutes"`, parsed to whole seconds. */
export const durationSeconds = z
  .string()
  .regex(DURATION, 'expected a duration such as "15 minutes" (second, minute, hour or day)')
  .transform((text) => {
    const [, count, unit] = DURATION.exec(text) as unknown as [string, string, keyof typeof SECONDS];
    return Number(count) * SECONDS[unit];
  });

const PERCENT = /^(\d+(?:\.\d+)?) ?%$/;

/** A percentage such as `"10 %"`, parsed to a share of one. */
export const percentShare = z
  .string()
  .regex(PERCENT, 'expected a percentage such as "10 %"')
  .transform((text) => Number((PERCENT.exec(text) as RegExpExecArray)[1]) / 100)
  .refine((share) => share <= 1, "expected at most 100 %");

const MILLISECONDS = /^(\d+) ms$/;

/** A latency such as `"250 ms"`, parsed to milliseconds. */
export const milliseconds = z
  .string()
  .regex(MILLISECONDS, 'expected a latency such as "250 ms"')
  .transform((text) => Number((MILLISECONDS.exec(text) as RegExpExecArray)[1]));
