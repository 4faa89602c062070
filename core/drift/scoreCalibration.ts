import { type Calibration, calibrationFromBins } from "../evaluation/calibration.ts";
import { packCounts, unpackCounts } from "../statistics/index.ts";
import { numberOf } from "./cells.ts";
import type { CalibrationProfile, Column } from "./types.ts";

const BINS = 50;

/** Which columns of the reference hold a score from 0 to 1 and its label, 0 or 1. */
export interface CalibrationColumns {
  readonly score: string;
  readonly label: string;
}

/** Labels by bin of the score: whole numbers, so that parts merge to exactly the whole. */
export class CalibrationAccumulator {
  readonly columns: CalibrationColumns;
  #rows = new Float64Array(BINS);
  #positives = new Float64Array(BINS);

  constructor(columns: CalibrationColumns) {
    this.columns = columns;
  }

  /** Rows without a score in [0, 1] or a label of 0 or 1 are left out. */
  add(scores: Column, labels: Column): void {
    for (let i = 0; i < scores.length; i++) {
      const [score, label] = [numberOf(scores[i]), numberOf(labels[i])];
      if (!(score >= 0 && score <= 1) || (label !== 0 && label !== 1)) continue;
      const bin = Math.min(BINS - 1, Math.floor(score * BINS));
      this.#rows[bin] = (this.#rows[bin] as number) + 1;
      this.#positives[bin] = (this.#positives[bin] as number) + label;
    }
  }

  merge(other: CalibrationAccumulator): void {
    this.#rows = this.#rows.map((n, bin) => n + (other.#rows[bin] as number));
    this.#positives = this.#positives.map((n, bin) => n + (other.#positives[bin] as number));
  }

  build(): CalibrationProfile {
    return { ...this.columns, rows: packCounts(this.#rows), positives: packCounts(this.#positives) };
  }

  static fromProfile(profile: CalibrationProfile): CalibrationAccumulator {
    const result = new CalibrationAccumulator({ score: profile.score, label: profile.label });
    result.#rows = Float64Array.from(unpackCounts(profile.rows));
    result.#positives = Float64Array.from(unpackCounts(profile.positives));
    return result;
  }
}

/** What the profile knows of its score: a calibration to apply to scores without labels, null without labelled rows. */
export function calibrationOf(profile: CalibrationProfile): Calibration | null {
  const rows = unpackCounts(profile.rows);
  const positives = unpackCounts(profile.positives);
  const bins = rows.map((count, bin) => ({
    score: (bin + 0.5) / BINS,
    rows: count,
    positives: positives[bin] as number,
  }));
  const filled = bins.filter((bin) => bin.rows > 0);
  return filled.length === 0 ? null : calibrationFromBins(filled);
}
