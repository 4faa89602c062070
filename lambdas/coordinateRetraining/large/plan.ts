/** What a join takes in, fixed when it is begun: files and versions as they were then. */
import { type ModelSpec, readResolvedSpec } from "../../../contracts/modelSpec.ts";
import { type Objects, sha256 } from "../../shared/objects.ts";
import type { Facts, Sources } from "../facts.ts";

export interface JoinPlan extends Sources {
  readonly specUri: string;
  readonly datasetId: string;
}

/** Keeps the plan where the steps of its work will lie; returns that folder. The same sources give the same plan. */
export async function keepPlan(
  objects: Pick<Objects, "putNew">,
  folder: string,
  { specUri, datasetId }: Facts,
  { labels, served, history }: Sources,
): Promise<string> {
  const plan: JoinPlan = { specUri, datasetId, labels, served, history };
  const text = JSON.stringify(plan);
  const uri = `${folder}/${sha256(text).slice(0, 20)}`;
  await objects.putNew(`${uri}/plan.json`, text, "application/json");
  return uri;
}

/** @throws SluiceError `InvalidArtifact` when the days for which plans are kept are over */
export async function loadPlan(
  objects: Pick<Objects, "getText">,
  uri: string,
): Promise<{ readonly plan: JoinPlan; readonly spec: ModelSpec }> {
  const plan = JSON.parse(await objects.getText(`${uri}/plan.json`)) as JoinPlan;
  return { plan, spec: readResolvedSpec(await objects.getText(plan.specUri)) };
}
