import type { Datum } from "../../kernel/types.ts";

interface Directive {
  readonly Namespace: string;
  readonly Dimensions?: readonly (readonly string[])[];
  readonly Metrics?: readonly { readonly Name: string; readonly Unit?: string }[];
}

/** The metrics that a log line in CloudWatch's embedded metric format carries; none for other lines. */
export function metricsOf(message: string, now: number): readonly Datum[] {
  if (!message.startsWith("{") || !message.includes('"_aws"')) return [];
  let document: Record<string, unknown>;
  try {
    document = JSON.parse(message) as Record<string, unknown>;
  } catch {
    // Not a JSON document after all: CloudWatch keeps such a line as text too.
    return [];
  }
  const header = document._aws as
    | { Timestamp?: number; CloudWatchMetrics?: readonly Directive[] }
    | undefined;
  if (!Array.isArray(header?.CloudWatchMetrics)) return [];
  const timestamp = header.Timestamp ?? now;
  return header.CloudWatchMetrics.flatMap((directive) => fromDirective(directive, document, timestamp));
}

function fromDirective(
  directive: Directive,
  document: Record<string, unknown>,
  timestamp: number,
): readonly Datum[] {
  return (directive.Dimensions ?? [[]]).flatMap((names) => {
    const dimensions = Object.fromEntries(names.map((name) => [name, String(document[name])]));
    return (directive.Metrics ?? []).flatMap((metric) => {
      const raw = document[metric.Name];
      const values = (Array.isArray(raw) ? raw : [raw]).filter(
        (value) => typeof value === "number" && Number.isFinite(value),
      );
      return values.map((value) => ({
        namespace: directive.Namespace,
        metricName: metric.Name,
        dimensions,
        value: value as number,
        ...(metric.Unit === undefined ? {} : { unit: metric.Unit }),
        timestamp,
      }));
    });
  });
}
