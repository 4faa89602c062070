/** Judges the candidate on the holdout: metrics with intervals, limits, and the champion on the same rows. */
import type { DatasetManifest } from "../../contracts/dataset.ts";
import type { EnvironmentOf } from "../../contracts/environment.ts";
import { trainingInput } from "../../contracts/events.ts";
import { type ModelSpec, PRODUCTION, readResolvedSpec } from "../../contracts/modelSpec.ts";
import {
  type Comparison,
  type Evaluation,
  keys,
  type LiveRecord,
  type ReleaseRecord,
} from "../../contracts/records.ts";
import { buildProfile, type ReferenceProfile } from "../../core/drift/index.ts";
import { judgeCandidate } from "../../core/release/verdict.ts";
import { SluiceError } from "../shared/errors.ts";
import { parseInput } from "../shared/input.ts";
import type { Log } from "../shared/logger.ts";
import { compare, measure } from "../shared/metrics.ts";
import type { Objects } from "../shared/objects.ts";
import { change, mustLoad, type Records } from "../shared/records.ts";

export interface Dependencies {
  readonly environment: EnvironmentOf<"evaluateModel">;
  readonly records: Records;
  readonly objects: Objects;
  readonly log: Log;
}

export interface EvaluationAnswer {
  readonly verdict: Evaluation["verdict"];
  readonly reason: string;
}

export function createHandler(dependencies: Dependencies) {
  const { environment, records, objects, log } = dependencies;
  return async (event: unknown): Promise<EvaluationAnswer> => {
    const input = parseInput("input of evaluateModel", trainingInput, event);
    const key = keys.release(input.modelName, input.releaseId);
    const release = await mustLoad<ReleaseRecord>(records, key);
    if (!release.manifestUri || !release.trainingJobName)
      throw new SluiceError("MissingRecord", `${key.pk}: expected a trained candidate; run Train first`);
    const spec = readResolvedSpec(await objects.getText(release.specUri));
    const manifest = JSON.parse(await objects.getText(release.manifestUri)) as DatasetManifest;
    const labels = numbers(
      manifest.splits.holdout.labels.uri,
      await objects.getText(manifest.splits.holdout.labels.uri),
    );
    const scores = await predictions(dependencies, `${release.trainingJobName}-challenger`, labels.length);
    const champion = await championOf(dependencies, release, spec, labels, scores);
    const evaluation = judgeCandidate({
      holdoutRows: labels.length,
      metrics: measure(spec, labels, scores),
      limits: spec.evaluation.limits,
      ...champion,
    });
    const evaluationUri = `s3://${environment.ARTIFACT_BUCKET}/evaluations/${input.modelName}/${input.releaseId}.json`;
    await objects.put(
      evaluationUri.replace(/\.json$/, "-scores.json"),
      JSON.stringify(scoreProfile(spec, labels, scores)),
      "application/json",
    );
    await objects.put(evaluationUri, JSON.stringify(evaluation, null, 2), "application/json");
    await change<ReleaseRecord>(records, key, null, (record) => ({ ...record, evaluation, evaluationUri }));
    const reason = evaluation.reasons.map((one) => one.message).join("; ");
    log.info("candidate judged", { releaseId: input.releaseId, verdict: evaluation.verdict, reason });
    return { verdict: evaluation.verdict, reason };
  };
}

/** The scores' distribution on the holdout, and how well they hold as probabilities. */
function scoreProfile(
  spec: ModelSpec,
  labels: readonly number[],
  scores: readonly number[],
): ReferenceProfile {
  const calibration = spec.task === "binary-classification" ? { score: "score", label: "label" } : undefined;
  const window = { rows: scores.length, columns: { score: scores, label: labels } };
  return buildProfile(window, { score: "numeric" }, calibration);
}

/** The champion's predictions lie beside the candidate's when the two take the same columns (planTraining). */
async function championOf(
  dependencies: Dependencies,
  release: ReleaseRecord,
  spec: ModelSpec,
  labels: readonly number[],
  scores: readonly number[],
): Promise<{ comparison: Comparison | null; withoutComparison?: "no-champion" | "other-columns" }> {
  const live = await dependencies.records.load<LiveRecord>(keys.live(PRODUCTION, release.modelName));
  if (!live) return { comparison: null, withoutComparison: "no-champion" };
  const found = await dependencies.objects.list(
    `s3://${dependencies.environment.ARTIFACT_BUCKET}/predictions/${release.trainingJobName}-champion/`,
  );
  if (found.length === 0) return { comparison: null, withoutComparison: "other-columns" };
  const championScores = await predictions(
    dependencies,
    `${release.trainingJobName}-champion`,
    labels.length,
  );
  return {
    comparison: {
      ...compare(spec, labels, championScores, scores),
      champion: live.live.releaseId,
      championMetrics: measure(spec, labels, championScores),
    },
  };
}

async function predictions(
  { objects, environment }: Dependencies,
  jobName: string,
  rows: number,
): Promise<number[]> {
  const files = await objects.list(`s3://${environment.ARTIFACT_BUCKET}/predictions/${jobName}/`);
  const scores = (
    await Promise.all(files.map(async ({ uri }) => numbers(uri, await objects.getText(uri))))
  ).flat();
  if (scores.length !== rows)
    throw new SluiceError(
      "InvalidArtifact",
      `predictions of ${jobName}: expected one number for each of ${rows} holdout rows, got ${scores.length}; the serving code must answer one score a row`,
    );
  return scores;
}

function numbers(uri: string, text: string): number[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line, index) => {
      const value = Number(line);
      if (!Number.isFinite(value))
        throw new SluiceError(
          "InvalidArtifact",
          `${uri} line ${index + 1}: expected a number, got ${JSON.stringify(line.slice(0, 60))}`,
        );
      return value;
    });
}
