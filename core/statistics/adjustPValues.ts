import { risingOrder } from "./risingOrder.ts";
import { StatisticsError } from "./types.ts";

export type Adjustment = "bh" | "by" | "bonferroni" | "holm";

/**
 * Adjusted p-values in the order given. "bh" and "by" control the false discovery rate (by: under any dependence),
 * "bonferroni" and "holm" the chance of any false alarm.
 */
export function adjustPValues(p: readonly number[], method: Adjustment): number[] {
  const bad = p.findIndex((v) => !(v >= 0 && v <= 1));
  if (bad >= 0) throw new StatisticsError(`adjustPValues.p[${bad}]`, "a probability", p[bad]);
  const count = p.length;
  if (method === "bonferroni") return p.map((v) => Math.min(1, v * count));
  const order = risingOrder(p);
  const adjusted = new Array<number>(count).fill(1);
  if (method === "holm") {
    let running = 0;
    order.forEach((index, rank) => {
      running = Math.max(running, Math.min(1, (p[index] as number) * (count - rank)));
      adjusted[index] = running;
    });
    return adjusted;
  }
  if (method !== "bh" && method !== "by")
    throw new StatisticsError("adjustPValues.method", '"bh", "by", "bonferroni" or "holm"', method);
  let factor = 1;
  if (method === "by") for (let k = 2; k <= count; k++) factor += 1 / k;
  let running = 1;
  for (let rank = count - 1; rank >= 0; rank--) {
    const index = order[rank] as number;
    running = Math.min(running, ((p[index] as number) * count * factor) / (rank + 1));
    adjusted[index] = running;
  }
  return adjusted;
}
