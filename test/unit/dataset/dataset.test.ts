import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Observation } from "../../../contracts/capture.ts";
import { joinLabels } from "../../../core/dataset/join.ts";
import { splitByTime } from "../../../core/dataset/split.ts";

describe("splitByTime", () => {
  it("never puts one instant on both sides of a border, and loses no row", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 200 }), (days) => {
        const times = [...days].sort((a, b) => a - b).map((day) => String(day).padStart(3, "0"));
        const ranges = splitByTime(times, { train: 0.6, validation: 0.2 });
        if (!ranges) return;
        const { train, validation, holdout } = ranges;
        assert.deepEqual(
          [train[0], train[1], validation[1], holdout[1]],
          [0, validation[0], holdout[0], times.length],
        );
        for (const border of [train[1], validation[1]]) assert.notEqual(times[border - 1], times[border]);
      }),
    );
  });
  it("gives up when a part would be empty", () => {
    assert.equal(splitByTime(["a", "a", "a"], { train: 0.6, validation: 0.2 }), null);
  });
});

describe("joinLabels", () => {
  const observation = (id: string, at: number): Observation => ({
    id,
    at,
    variant: "primary",
    endpointConfigName: "c",
    features: [],
    score: 0.5,
  });

  it("accounts for every row on both sides, in any order", () => {
    const ids = fc.constantFrom("a", "b", "c", "d", "e");
    fc.assert(
      fc.property(
        fc.array(ids),
        fc.array(fc.tuple(ids, fc.constantFrom("yes", "no"))),
        (served, labelled) => {
          const { counts, rows } = joinLabels(
            served.map(observation),
            labelled.map(([id, value]) => ({ id, value })),
          );
          assert.equal(counts.observations + counts.duplicateObservations, served.length);
          assert.equal(counts.labels + counts.repeatedLabels, labelled.length);
          assert.equal(counts.joined + counts.observationsWithoutLabel, counts.observations);
          assert.equal(counts.joined + counts.labelsWithoutObservation, counts.labels);
          assert.equal(rows.length, counts.joined);
        },
      ),
    );
  });
  it("takes the last of several labels, as a correction, and counts the conflict", () => {
    const { rows, counts } = joinLabels(
      [observation("a", 1)],
      [
        { id: "a", value: "no" },
        { id: "a", value: "yes" },
      ],
    );
    assert.equal(rows[0]?.label, "yes");
    assert.equal(counts.conflictingLabels, 1);
  });
});
