/** What SageMaker captured, line by line, as observations. */
import { captureRecord, type Observation } from "../../contracts/capture.ts";
import type { ModelSpec } from "../../contracts/modelSpec.ts";
import { csvParseLine } from "./csvLine.ts";

export interface ParsedCaptures {
  readonly observations: Observation[];
  /** Records that could not be read, by reason: counted, never dropped silently. */
  readonly skipped: Record<string, number>;
}

/** Parses one capture file (JSON lines). A request of several rows gives one observation a row, `<id>#<row>`. */
export function parseCaptures(
  text: string,
  spec: ModelSpec,
  endpointConfigName: string,
  variant: string,
): ParsedCaptures {
  const observations: Observation[] = [];
  const skipped: Record<string, number> = {};
  const skip = (reason: string): void => {
    skipped[reason] = (skipped[reason] ?? 0) + 1;
  };
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      skip("unreadable-line");
      continue;
    }
    const parsed = captureRecord.safeParse(value);
    if (!parsed.success) {
      skip("other-format");
      continue;
    }
    const { captureData, eventMetadata } = parsed.data;
    const input = captureData.endpointInput;
    const at = Date.parse(eventMetadata.inferenceTime);
    if (Number.isNaN(at)) skip("unreadable-time");
    else if (!input) skip("no-input");
    else if (input.encoding === "JSON") skip("not-csv");
    else {
      const body =
        input.encoding === "BASE64" ? Buffer.from(input.data, "base64").toString("utf8") : input.data;
      const rows = body.split(/\r?\n/).filter((row) => row !== "");
      const scores = captureData.endpointOutput?.data.split(/\r?\n/).filter((row) => row !== "") ?? [];
      const id = eventMetadata.inferenceId ?? eventMetadata.eventId;
      for (const [index, row] of rows.entries()) {
        const fields = csvParseLine(row);
        if (fields.length !== spec.features.length) {
          skip("other-width");
          continue;
        }
        const score = Number(scores[index] ?? Number.NaN);
        observations.push({
          id: rows.length === 1 ? id : `${id}#${index}`,
          at,
          variant,
          endpointConfigName,
          features: fields.map((field) => (field === "" ? null : field)),
          score: Number.isFinite(score) ? score : null,
        });
      }
    }
  }
  return { observations, skipped };
}
