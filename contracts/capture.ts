/** The two streams that monitoring joins: SageMaker data capture and late labels. */
import * as z from "zod";

const side = z.object({
  observedContentType: z.string().optional(),
  mode: z.string().optional(),
  data: z.string(),
  encoding: z.enum(["CSV", "JSON", "BASE64"]),
});

/** One captured request (SageMaker developer guide, "Capture data"). Either side may be missing: sampling mode or a failed call. */
export const captureRecord = z.object({
  captureData: z.object({ endpointInput: side.optional(), endpointOutput: side.optional() }),
  eventMetadata: z.object({
    eventId: z.string(),
    inferenceTime: z.string(),
    inferenceId: z.string().optional(),
    customAttributes: z.array(z.string()).optional(),
  }),
  eventVersion: z.string(),
});
export type CaptureRecord = z.output<typeof captureRecord>;

/**
 * One label, in SageMaker's ground-truth format. `eventId` is the inference id that the caller sent with the request, with
 * `#<row>` for a request of several rows. The object's key carries the hour of the prediction: `labels/<model>/yyyy/mm/dd/hh/`.
 */
export const labelRecord = z.object({
  groundTruthData: z.object({ data: z.string(), encoding: z.literal("CSV") }),
  eventMetadata: z.object({ eventId: z.string().min(1) }),
  eventVersion: z.string(),
});
export type LabelRecord = z.output<typeof labelRecord>;

/** One served prediction as monitoring keeps it. */
export interface Observation {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly variant: string;
  readonly endpointConfigName: string;
  /** In the order of the specification's features; an empty field is null. */
  readonly features: readonly (string | null)[];
  readonly score: number | null;
}
