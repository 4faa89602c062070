import type { ConsistencyFinding } from "./types.ts";

/** `isCritical`: it stops the release, else it is reported. `column`: null for the whole dataset. */
export const finding = (
  code: ConsistencyFinding["code"],
  isCritical: boolean,
  message: string,
  numbers: ConsistencyFinding["numbers"] = {},
  column: string | null = null,
): ConsistencyFinding => ({ code, severity: isCritical ? "critical" : "warning", column, message, numbers });
