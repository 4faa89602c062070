/** What one look needs to know: the model in service, how it came there, and its settings. */
import type { ModelSpec } from "../../contracts/modelSpec.ts";
import type { LineageRecord, LiveRecord, ReleaseRecord } from "../../contracts/records.ts";

export interface MonitorContext {
  readonly spec: ModelSpec;
  readonly live: LiveRecord;
  readonly release: ReleaseRecord;
}

/** Hours are judged over everything that answered in them, whichever deployment it was. */
export interface HourContext extends MonitorContext {
  readonly lineage: readonly LineageRecord[];
}
