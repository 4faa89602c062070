/** The statistics that the rest is built on. Pure: no clock, no I/O, no randomness without a seed. */
export { type Adjustment, adjustPValues } from "./adjustPValues.ts";
export { Adwin, type AdwinOptions, type AdwinState } from "./detectors/adwin.ts";
export { Ddm, type DdmOptions, type DdmState } from "./detectors/ddm.ts";
export type { DetectorSignal, OnlineDetector } from "./detectors/detector.ts";
export { Eddm, type EddmOptions, type EddmState } from "./detectors/eddm.ts";
export { HddmA, type HddmAState, type HddmOptions } from "./detectors/hddmA.ts";
export { HddmW, type HddmWOptions, type HddmWState } from "./detectors/hddmW.ts";
export { Kswin, type KswinOptions, type KswinState } from "./detectors/kswin.ts";
export { PageHinkley, type PageHinkleyOptions, type PageHinkleyState } from "./detectors/pageHinkley.ts";
export { populationStabilityIndex } from "./distances/populationStability.ts";
export {
  hellingerDistance,
  jensenShannonDistance,
  jensenShannonTerm,
  klDivergence,
  linfDistance,
  robustLinfDistance,
  totalVariation,
} from "./distances/probabilityDistances.ts";
export {
  energyDistance,
  type SortedSample,
  wassersteinDistance,
  wassersteinOfSorted,
} from "./distances/sampleDistances.ts";
export { beta } from "./distributions/beta.ts";
export { chiSquared } from "./distributions/chiSquared.ts";
export { kolmogorov } from "./distributions/kolmogorov.ts";
export { normal } from "./distributions/normal.ts";
export { studentT } from "./distributions/studentT.ts";
export { andersonDarlingKSample } from "./hypothesis/andersonDarling.ts";
export {
  type ContingencyResult,
  chiSquareContingency,
  chiSquareGoodnessOfFit,
} from "./hypothesis/chiSquare.ts";
export { cramerVonMises } from "./hypothesis/cramerVonMises.ts";
export { fisherExact } from "./hypothesis/fisherExact.ts";
export { type KsOptions, ksPValue, ksTwoSample } from "./hypothesis/ksTwoSample.ts";
export { type MannWhitneyOptions, mannWhitneyU } from "./hypothesis/mannWhitneyU.ts";
export { sampleSumTail } from "./hypothesis/sampleSumTail.ts";
export { type IsotonicFit, isotonicPredict, isotonicRegression } from "./isotonicRegression.ts";
export { type QuantileType, quantile } from "./quantile.ts";
export {
  type BootstrapIntervalOptions,
  type BootstrapOptions,
  type BootstrapResult,
  bootstrapInterval,
  bootstrapRows,
  bootstrapRowsOfAll,
  type Interval,
  type PairedDifference,
  pairedBootstrapDifference,
  summariseResamples,
  type WeightedStatistic,
} from "./resampling/bootstrap.ts";
export type { RowCounts } from "./resampling/drawCounts.ts";
export { permutationTest } from "./resampling/permutation.ts";
export { type Random, SeededRandom, shuffle } from "./resampling/random.ts";
export { risingOrder } from "./risingOrder.ts";
export { hypergeometricTail } from "./special/binomial.ts";
export { CategoricalCounts, type CategoricalState, hashBucket } from "./streams/categoricalCounts.ts";
export type { SketchCell } from "./streams/distributionSketch.ts";
export { leadingBits } from "./streams/doubleBits.ts";
export { DoubleCounts } from "./streams/doubleCounts.ts";
export { GrowingDoubles } from "./streams/growingDoubles.ts";
export { type MomentsState, OnlineMoments } from "./streams/onlineMoments.ts";
export { packCounts, unpackCounts } from "./streams/packing.ts";
export { QuantileSketch, type SketchState } from "./streams/quantileSketch.ts";
export { SeasonalCounts, type SeasonalState, type SlotCounts } from "./streams/seasonalCounts.ts";
export { type SortedParts, walkSorted } from "./streams/sortedWalk.ts";
export { sumBy, sumOf } from "./sums.ts";
export { type Alternative, type NumericSample, StatisticsError, type TestResult } from "./types.ts";
