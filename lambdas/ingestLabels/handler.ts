/** Takes late labels in: checks each line, keeps the good ones for the hour of their prediction, and sets the bad ones aside with reasons. */
import * as z from "zod";
import { labelRecord } from "../../contracts/capture.ts";
import type { EnvironmentOf } from "../../contracts/environment.ts";
import type { Label } from "../../core/dataset/join.ts";
import { SluiceError } from "../shared/errors.ts";
import { parseInput } from "../shared/input.ts";
import type { Log, PutMetrics } from "../shared/logger.ts";
import { type Objects, sha256 } from "../shared/objects.ts";

export interface Dependencies {
  readonly environment: EnvironmentOf<"ingestLabels">;
  readonly objects: Objects;
  readonly putMetrics: PutMetrics;
  readonly log: Log;
}

const created = z.object({
  detail: z.object({ bucket: z.object({ name: z.string() }), object: z.object({ key: z.string() }) }),
});
const KEY = /^labels\/([a-z0-9-]+)\/(\d{4}\/\d{2}\/\d{2}\/\d{2})\/[^/]+$/;

export interface Ingested {
  readonly accepted: number;
  readonly rejected: number;
}

export function createHandler({ environment, objects, putMetrics, log }: Dependencies) {
  return async (event: unknown): Promise<Ingested> => {
    const { detail } = parseInput("S3 event", created, event);
    const key = decodeURIComponent(detail.object.key.replaceAll("+", " "));
    const match = KEY.exec(key);
    if (!match)
      throw new SluiceError(
        "InvalidInput",
        `${key}: expected labels/<model>/yyyy/mm/dd/hh/<file>, the hour (UTC) of the prediction`,
      );
    const [, modelName, hour] = match as unknown as [string, string, string];
    const { labels, rejected } = parseLabels(await objects.getText(`s3://${detail.bucket.name}/${key}`));
    // The same file again gives the same key: an event that comes twice writes the same bytes to the same place.
    const place = `${modelName}/${hour}/${sha256(key).slice(0, 24)}.json`;
    await objects.put(
      `s3://${environment.CAPTURE_BUCKET}/labels-accepted/${place}`,
      JSON.stringify(labels),
      "application/json",
    );
    if (rejected.length > 0) {
      await objects.put(
        `s3://${environment.CAPTURE_BUCKET}/labels-rejected/${place}`,
        JSON.stringify({ key, rejected }, null, 1),
        "application/json",
      );
      log.warn("labels rejected", { key, rejected: rejected.length, first: rejected[0] });
    }
    putMetrics(
      { Environment: environment.ENVIRONMENT_NAME, Model: modelName },
      { LabelsAccepted: labels.length, LabelsRejected: rejected.length },
    );
    return { accepted: labels.length, rejected: rejected.length };
  };
}

/** Every line is a label or a rejection with its number; values of rejected lines are not repeated. */
export function parseLabels(text: string): { labels: Label[]; rejected: { line: number; reason: string }[] } {
  const labels: Label[] = [];
  const rejected: { line: number; reason: string }[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      rejected.push({ line: index + 1, reason: "expected one JSON object a line" });
      continue;
    }
    const parsed = labelRecord.safeParse(value);
    if (parsed.success)
      labels.push({ id: parsed.data.eventMetadata.eventId, value: parsed.data.groundTruthData.data.trim() });
    else
      rejected.push({
        line: index + 1,
        reason: parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "),
      });
  }
  return { labels, rejected };
}
