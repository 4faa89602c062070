import type { ModelSpec } from "../../contracts/modelSpec.ts";

/** A label's text as a number: 1 or 0 for classification, the value for regression; null where it is no number. */
export function labelNumber(spec: ModelSpec, text: string): number | null {
  if (spec.label.positive !== undefined) return text === spec.label.positive ? 1 : 0;
  const value = text.trim() === "" ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}
