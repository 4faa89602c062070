import { unlike } from "./messages.ts";
import { ExpectationError, type Kwargs } from "./types.ts";

/** An expected distribution: shares of values, or of the bins between edges (with what may lie outside, if said). */
export type Partition =
  | { readonly kind: "values"; readonly values: readonly unknown[]; readonly weights: readonly number[] }
  | {
      readonly kind: "bins";
      readonly bins: readonly number[];
      readonly weights: readonly number[];
      readonly tailWeights: readonly [number, number] | undefined;
    };

/** What an expectation on the Kullback-Leibler divergence is asked, checked. */
export interface DivergenceKwargs {
  /** undefined: the data's own distribution, in bins or by value. */
  readonly partition: Partition | undefined;
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
  const asked = {
    partition: given === undefined ? undefined : readPartition(given, problems),
    inBins: kwargs.bucketize_data !== false,
    threshold: threshold as number | undefined,
    tailHoldout: share("tail_weight_holdout"),
    internalHoldout: share("internal_weight_holdout"),
  };
  problems.push(...contradictions(asked));
  if (problems.length > 0) throw new ExpectationError(problems.join("; "));
  return asked;
}

const FORMS =
  '{"values", "weights"} of one length or {"bins", "weights", "tail_weights"?} with one more rising edge than weights, weights adding up to 1';

function readPartition(given: unknown, problems: string[]): Partition | undefined {
  const { bins, values, weights, tail_weights: tails } = given as Readonly<Record<string, unknown>>;
  if (isNumbers(weights)) {
    if (isNumbers(bins) && (tails === undefined || (isNumbers(tails) && tails.length === 2))) {
      const isRising = bins.every((edge, i) => i === 0 || edge > (bins[i - 1] as number));
      const isWhole = addsUpToOne([...weights, ...((tails as number[] | undefined) ?? [])]);
      if (isRising && isWhole && bins.length === weights.length + 1 && weights.length > 0)
        return { kind: "bins", bins, weights, tailWeights: tails as [number, number] | undefined };
    }
    if (Array.isArray(values) && values.length === weights.length && addsUpToOne(weights))
      return { kind: "values", values, weights };
  }
  problems.push(`kwargs.partition_object: ${unlike(FORMS, given)}`);
  return undefined;
}

const isNumbers = (list: unknown): list is readonly number[] =>
  Array.isArray(list) && list.every((x) => typeof x === "number" && !Number.isNaN(x));

/** numpy.allclose to 1. */
const addsUpToOne = (weights: readonly number[]): boolean =>
  Math.abs(weights.reduce((sum, w) => sum + w, 0) - 1) <= 1e-8 + 1e-5;

function contradictions(asked: DivergenceKwargs): string[] {
  const { partition, inBins, tailHoldout, internalHoldout } = asked;
  const problems: string[] = [];
  const say = (where: string, expected: string, got: unknown): void => {
    problems.push(`kwargs.${where}: ${unlike(expected, got)}`);
  };
  if (partition?.kind === "bins") {
    const ends = [partition.bins[0] as number, partition.bins.at(-1) as number];
    const isOpen = ends.some((edge) => !Number.isFinite(edge));
    if (!inBins) say("bucketize_data", "true for a partition in bins", false);
    if (isOpen && partition.tailWeights !== undefined)
      say("partition_object.tail_weights", "none where an end is infinite", partition.tailWeights);
    if (ends.every((edge) => !Number.isFinite(edge)) && tailHoldout > 0)
      say("tail_weight_holdout", "0 where both ends are infinite", tailHoldout);
  }
  const hasTails =
    partition === undefined ? inBins : partition.kind === "bins" && partition.tailWeights !== undefined;
  if (hasTails && tailHoldout > 0)
    say("tail_weight_holdout", "0 where the partition has tail_weights", tailHoldout);
  const isByValue = partition === undefined ? !inBins : partition.kind === "values";
  if (isByValue && internalHoldout > 0)
    say("internal_weight_holdout", "0 for a partition by value", internalHoldout);
  return problems;
}
