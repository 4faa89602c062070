import { jensenShannonDistance, populationStabilityIndex, sumBy } from "../statistics/index.ts";
import type { CountTable } from "./countTable.ts";
import type { SeasonalReference } from "./season.ts";
import type { FeatureProfile } from "./types.ts";

/** Descriptive numbers of a feature in reference and window, for people and plots. null where not defined. */
export interface WindowNumbers {
  readonly missingShare: { readonly reference: number; readonly window: number | null };
  /** Shares of the window in categories that the reference never saw. */
  readonly unseenShare: number | null;
  readonly mean: { readonly reference: number; readonly window: number } | null;
  /** Wasserstein distance in standard deviations of the reference. */
  readonly wasserstein: number | null;
  /** Base-2 Jensen-Shannon distance, 0 to 1, over deciles of the reference or categories. */
  readonly jensenShannon: number | null;
  readonly psi: { readonly value: number; readonly pValue: number } | null;
  /** Shares of reference and window over at most ten cells, for drawing. `upTo` (or `name`) labels each. */
  readonly shares: readonly { readonly label: string; readonly reference: number; readonly window: number }[];
}

interface Bin {
  label: string;
  reference: number;
  window: number;
}

const DRAWN = 10;

/** Joins neighbouring cells into at most ten bins of about equal reference count. */
function decileBins(table: CountTable): Bin[] {
  const bins: Bin[] = [];
  const target = table.referenceTotal / DRAWN;
  let current: Bin = { label: "", reference: 0, window: 0 };
  let upTo = Number.NaN;
  table.reference.forEach((r, k) => {
    current.reference += r;
    current.window += table.window[k] as number;
    upTo = table.at[k] as number;
    if (current.reference >= target && bins.length < DRAWN - 1) {
      bins.push({ ...current, label: labelOf(upTo) });
      current = { label: "", reference: 0, window: 0 };
    }
  });
  const last = bins.at(-1);
  if (current.reference === 0 && last !== undefined) {
    last.window += current.window;
    last.label = labelOf(upTo);
  } else bins.push({ ...current, label: labelOf(upTo) });
  return bins;
}

const labelOf = (value: number): string => Number(value.toPrecision(4)).toString();

/** The most frequent categories, the rest joined. */
function categoryBins(table: CountTable): Bin[] {
  const all = Array.from(table.reference, (reference, k) => ({
    label: table.names[k] ?? `#${k}`,
    reference,
    window: table.window[k] as number,
  }));
  all.sort((a, b) => b.reference + b.window - a.reference - a.window || (a.label < b.label ? -1 : 1));
  const rest = all.splice(DRAWN - 1);
  if (rest.length === 1) all.push(rest[0] as Bin);
  else if (rest.length > 1) {
    const sum = (key: "reference" | "window"): number => sumBy(rest, (bin) => bin[key]);
    all.push({ label: `${rest.length} others`, reference: sum("reference"), window: sum("window") });
  }
  return all;
}

/** Earth mover's distance between the grouped samples, cells taken at their centres. */
function groupedWasserstein(table: CountTable): number {
  let gap = 0;
  let total = 0;
  for (let k = 0; k + 1 < table.at.length; k++) {
    gap +=
      (table.reference[k] as number) / table.referenceTotal - (table.window[k] as number) / table.windowTotal;
    total += Math.abs(gap) * ((table.at[k + 1] as number) - (table.at[k] as number));
  }
  return total;
}

/** `season`: what stands behind the table when it is about the window's hours only. */
export function windowNumbers(
  profile: FeatureProfile,
  table: CountTable | undefined,
  season?: SeasonalReference,
): WindowNumbers {
  const reference = referenceRows(profile, season);
  const referenceMissing = reference.rows === 0 ? 0 : reference.missing / reference.rows;
  const isEmpty = table === undefined || table.windowTotal === 0 || table.referenceTotal === 0;
  const rows = table === undefined ? 0 : table.windowTotal + table.missing + table.infinite;
  const missingShare = {
    reference: referenceMissing,
    window: rows > 0 ? (table?.missing ?? 0) / rows : null,
  };
  if (isEmpty) {
    return {
      missingShare,
      unseenShare: null,
      mean: null,
      wasserstein: null,
      jensenShannon: null,
      psi: null,
      shares: [],
    };
  }
  const bins = profile.kind === "numeric" ? decileBins(table) : categoryBins(table);
  const before = bins.map((b) => b.reference);
  const window = bins.map((b) => b.window);
  const psi = populationStabilityIndex(before, window);
  return {
    missingShare,
    unseenShare: table.byName === undefined ? null : table.byName.unseen / table.windowTotal,
    mean:
      profile.kind === "numeric"
        ? {
            reference: season ? meanOf(table, "reference") : (profile.mean ?? 0),
            window: meanOf(table, "window"),
          }
        : null,
    wasserstein:
      profile.kind === "numeric" && (profile.standardDeviation ?? 0) > 0
        ? groupedWasserstein(table) / (profile.standardDeviation as number)
        : null,
    jensenShannon: jensenShannonDistance(before, window, 2),
    psi: { value: psi.statistic, pValue: psi.pValue },
    shares: bins.map((b) => ({
      label: b.label,
      reference: b.reference / table.referenceTotal,
      window: b.window / table.windowTotal,
    })),
  };
}

function meanOf(table: CountTable, side: "reference" | "window"): number {
  return sumBy(table[side], (c, k) => c * (table.at[k] as number)) / table[`${side}Total`];
}

/** Rows of the reference that the comparison is about, and those of them without a value. */
function referenceRows(
  profile: FeatureProfile,
  season: SeasonalReference | undefined,
): { rows: number; missing: number } {
  if (season === undefined) return profile;
  const { total, missing } = season.counts;
  return { rows: total + missing, missing };
}
