/** Joins what was served with the labels that came later. Nothing is lost silently: every row left out is counted by its reason. */
import type { Observation } from "../../contracts/capture.ts";

export interface Label {
  readonly id: string;
  readonly value: string;
}

export interface Joined {
  readonly rows: readonly { readonly observation: Observation; readonly label: string }[];
  readonly counts: {
    readonly observations: number;
    readonly labels: number;
    readonly joined: number;
    readonly duplicateObservations: number;
    readonly repeatedLabels: number;
    readonly conflictingLabels: number;
    readonly labelsWithoutObservation: number;
    readonly observationsWithoutLabel: number;
  };
}

/** Join by inference id. Of repeated labels the last one counts (a correction); rows come in time order, ties by id. */
export function joinLabels(observations: readonly Observation[], labels: readonly Label[]): Joined {
  const byId = new Map<string, Observation>();
  let duplicateObservations = 0;
  for (const observation of observations) {
    if (byId.has(observation.id)) duplicateObservations += 1;
    else byId.set(observation.id, observation);
  }
  const labelOf = new Map<string, string>();
  let repeatedLabels = 0;
  let conflictingLabels = 0;
  for (const label of labels) {
    const before = labelOf.get(label.id);
    if (before !== undefined) {
      repeatedLabels += 1;
      if (before !== label.value) conflictingLabels += 1;
    }
    labelOf.set(label.id, label.value);
  }
  const rows = [...byId.values()]
    .flatMap((observation) => {
      const label = labelOf.get(observation.id);
      return label === undefined ? [] : [{ observation, label }];
    })
    .sort((a, b) => a.observation.at - b.observation.at || (a.observation.id < b.observation.id ? -1 : 1));
  return {
    rows,
    counts: {
      observations: byId.size,
      labels: labelOf.size,
      joined: rows.length,
      duplicateObservations,
      repeatedLabels,
      conflictingLabels,
      labelsWithoutObservation: labelOf.size - rows.length,
      observationsWithoutLabel: byId.size - rows.length,
    },
  };
}
