import { total } from "./collectors.ts";
import { unlike } from "./messages.ts";
import { ExpectationError, type Kwargs } from "./types.ts";

/** An expected distribution: shares of values. */
export interface ValueShares {
  readonly values: readonly unknown[];
  readonly weights: readonly number[];
}

/** An expected distribution: shares of the bins between edges, with what may lie outside, if said. */
export interface BinShares {
  readonly bins: readonly number[];
  readonly weights: readonly number[];
  readonly tailWeights: readonly [number, number] | undefined;
}

/** What an expectation on the Kullback-Leibler divergence is asked, checked. Without a partition the data's own distribution is expected. */
export interface DivergenceKwargs {
  readonly byValue: ValueShares | undefined;
  readonly byBin: BinShares | undefined;
  readonly inBins: boolean;
  readonly threshold: number | undefined;
  readonly tailHoldout: number;
  readonly internalHoldout: number;
}

/** Reads and checks the kwargs by Great Expectations' rules; every problem in one error. */
export function readDivergenceKwargs(kwargs: Kwargs): DivergenceKwargs {
  const problems: string[] = [];
  const share = (name: string): number => {
    const value = kwargs[name] ?? 0;
    if (typeof value === "number" && value >= 0 && value <= 1) return value;
    problems.push(`kwargs.${name}: ${unlike("a number from 0 to 1", value)}`);
    return 0;
  };
  const threshold = kwargs.threshold ?? undefined;
  if (threshold !== undefined && !(typeof threshold === "number" && threshold >= 0))
    problems.push(`kwargs.threshold: ${unlike("a number from 0", threshold)}`);
  const given = kwargs.partition_object ?? undefined;
  const { byValue, byBin } = given === undefined ? {} : readPartition(given, problems);
  const asked = {
    byValue,
    byBin,
    inBins: byBin !== undefined || (byValue === undefined && kwargs.bucketize_data !== false),
    threshold: threshold as number | undefined,
    tailHoldout: share("tail_weight_holdout"),
    internalHoldout: share("internal_weight_holdout"),
  };
  if (byBin !== undefined && kwargs.bucketize_data === false)
    problems.push(`kwargs.bucketize_data: ${unlike("true for a partition in bins", false)}`);
  problems.push(...contradictions(asked));
  if (problems.length > 0) throw new ExpectationError(problems.join("; "));
  return asked;
}

const FORMS =
  '{"values", "weights"} of one length or {"bins", "weights", "tail_weights"?} with one more rising edge than weights, weights adding up to 1';

function readPartition(
  given: unknown,
  problems: string[],
): Partial<Pick<DivergenceKwargs, "byValue" | "byBin">> {
  const { bins, values, weights, tail_weights: tails } = given as Readonly<Record<string, unknown>>;
  if (isNumbers(weights)) {
    if (isNumbers(bins) && (tails === undefined || (isNumbers(tails) && tails.length === 2))) {
      const isRising = bins.every((edge, i) => i === 0 || edge > (bins[i - 1] as number));
      const isWhole = addsUpToOne([...weights, ...((tails as number[] | undefined) ?? [])]);
      if (isRising && isWhole && bins.length === weights.length + 1 && weights.length > 0)
        return { byBin: { bins, weights, tailWeights: tails as [number, number] | undefined } };
    }
    if (Array.isArray(values) && values.length === weights.length && addsUpToOne(weights))
      return { byValue: { values, weights } };
  }
  problems.push(`kwargs.partition_object: ${unlike(FORMS, given)}`);
  return {};
}

const isNumbers = (list: unknown): list is readonly number[] =>
  Array.isArray(list) && list.every((x) => typeof x === "number" && !Number.isNaN(x));

/** numpy.allclose to 1. */
const addsUpToOne = (weights: readonly number[]): boolean => Math.abs(total(weights) - 1) <= 1e-8 + 1e-5;

function* contradictions({
  byBin,
  inBins,
  tailHoldout,
  internalHoldout,
}: DivergenceKwargs): Generator<string> {
  const say = (where: string, expected: string, got: unknown): string =>
    `kwargs.${where}: ${unlike(expected, got)}`;
  const { bins = [0], tailWeights } = byBin ?? {};
  const openEnds = [bins[0], bins.at(-1)].filter((edge) => !Number.isFinite(edge)).length;
  if (openEnds > 0 && tailWeights !== undefined)
    yield say("partition_object.tail_weights", "none where an end is infinite", tailWeights);
  if (openEnds === 2 && tailHoldout > 0)
    yield say("tail_weight_holdout", "0 where both ends are infinite", tailHoldout);
  const hasTails = inBins && (byBin === undefined || tailWeights !== undefined);
  if (hasTails && tailHoldout > 0)
    yield say("tail_weight_holdout", "0 where the partition has tail_weights", tailHoldout);
  if (!inBins && internalHoldout > 0)
    yield say("internal_weight_holdout", "0 for a partition by value", internalHoldout);
}
