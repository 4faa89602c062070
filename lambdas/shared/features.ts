/** Rows of strings as the columns that the drift core takes. */
import type { ModelSpec } from "../../contracts/modelSpec.ts";
import type { Column, FeatureSchema } from "../../core/drift/index.ts";

export const featureSchema = (spec: ModelSpec): FeatureSchema =>
  Object.fromEntries(spec.features.map(({ name, type }) => [name, type]));

/** Empty fields are missing; text in a numeric column is left as it is, so that it counts as unusable there. */
export function columnsOf(
  spec: ModelSpec,
  rows: readonly (readonly (string | null)[])[],
): Record<string, Column> {
  return Object.fromEntries(
    spec.features.map(({ name, type }, index) => [
      name,
      rows.map((row) => {
        const text = row[index] ?? "";
        if (text === "") return null;
        if (type === "categorical") return text;
        const value = Number(text);
        return Number.isNaN(value) ? text : value;
      }),
    ]),
  );
}
