/** Checks a pipeline's structure; every problem at once. What the sandbox does not run is refused by name. */
import { ServiceError } from "../../kernel/types.ts";
import { type ActionDeclaration, type PipelineDeclaration, providers } from "./declaration.ts";
import { references } from "./variables.ts";

// biome-ignore lint/suspicious/noExplicitAny: inputs are checked against AWS's service model before they arrive
type Input = any;

const valueLimit = 1000;
const stageFields = ["onFailure", "onSuccess", "beforeEntry", "blockers"];
const actionFields = ["commands", "outputVariables", "environmentVariables"];

/** Returns the declaration with defaults. Throws InvalidStructureException with all problems. */
export function checkDeclaration(given: Input, region: string): PipelineDeclaration {
  const problems: string[] = [];
  const unsupported = (what: string): void => {
    problems.push(`the Sluice sandbox does not support ${what}`);
  };
  if (given.pipelineType !== "V2")
    unsupported(`pipelineType ${given.pipelineType ?? "V1 (the default)"}; set V2`);
  if (given.executionMode === "PARALLEL") unsupported("executionMode PARALLEL; use QUEUED or SUPERSEDED");
  if (given.triggers) unsupported("triggers; use an EventBridge rule");
  if (given.artifactStores) unsupported("artifactStores in several regions; give artifactStore");
  else if (!given.artifactStore) problems.push("artifactStore: expected an S3 bucket, got nothing");
  checkStages(given.stages, problems, unsupported, region);
  const variables = (given.variables ?? []).map((v: { name: string }) => v.name);
  for (const name of duplicates(variables))
    problems.push(`variables: ${JSON.stringify(name)} is declared twice`);
  checkReferences(given, new Set(variables), problems);
  if (problems.length > 0) throw new ServiceError("InvalidStructureException", problems.join("; "));
  return { ...given, executionMode: given.executionMode ?? "SUPERSEDED" };
}

function duplicates(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, i) => names.indexOf(name) !== i))];
}

function checkStages(
  stages: Input[],
  problems: string[],
  unsupported: (what: string) => void,
  region: string,
): void {
  if (stages.length < 2) problems.push(`stages: expected at least 2, got ${stages.length}`);
  for (const name of duplicates(stages.map((stage) => stage.name)))
    problems.push(`stages: the name ${JSON.stringify(name)} is used twice`);
  const produced = new Set<string>();
  for (const [index, stage] of stages.entries()) {
    for (const field of stageFields)
      if (stage[field]?.length !== 0 && stage[field] !== undefined)
        unsupported(`stages.${stage.name}.${field}`);
    const names = stage.actions.map((action: ActionDeclaration) => action.name);
    for (const name of duplicates(names))
      problems.push(`stages.${stage.name}: the action name ${JSON.stringify(name)} is used twice`);
    const ordered = [...stage.actions].sort(
      (a: ActionDeclaration, b: ActionDeclaration) => (a.runOrder ?? 1) - (b.runOrder ?? 1),
    );
    for (const action of ordered) {
      const at = `stages.${stage.name}.${action.name}`;
      const isSource = action.actionTypeId.category === "Source";
      if (isSource !== (index === 0))
        problems.push(`${at}: source actions belong in the first stage, and only they`);
      for (const field of actionFields) if (action[field] !== undefined) unsupported(`${at}.${field}`);
      checkAction(at, action, problems, region);
      checkArtifacts(at, action, produced, problems);
    }
  }
}

function checkAction(at: string, action: ActionDeclaration, problems: string[], region: string): void {
  const { category, owner, provider, version } = action.actionTypeId;
  const known = providers[provider];
  if (!known || known.category !== category || owner !== "AWS" || version !== "1") {
    const list = Object.entries(providers).map(([name, { category: c }]) => `${c}/${name}`);
    problems.push(
      `${at}: the Sluice sandbox runs AWS actions ${list.join(", ")} of version 1, got ${category}/${owner}/${provider}/${version}`,
    );
    return;
  }
  const configuration = action.configuration ?? {};
  for (const key of known.required)
    if (!configuration[key]) problems.push(`${at}.configuration: expected ${key}`);
  for (const [key, value] of Object.entries(configuration)) {
    if (![...known.required, ...known.optional].includes(key))
      problems.push(`${at}.configuration: ${provider} has no ${JSON.stringify(key)} here`);
    if (value.length > valueLimit)
      problems.push(
        `${at}.configuration.${key}: expected at most ${valueLimit} characters, got ${value.length}`,
      );
  }
  if (provider === "S3" && configuration.PollForSourceChanges !== "false") {
    problems.push(
      `${at}: the Sluice sandbox does not poll; set PollForSourceChanges to "false" and start the pipeline by an EventBridge rule`,
    );
  }
  if (
    provider === "StepFunctions" &&
    configuration.InputType === "FilePath" &&
    (!action.inputArtifacts?.length || !configuration.Input)
  ) {
    problems.push(`${at}: InputType FilePath needs an input artifact and Input`);
  }
  if (provider === "CodeBuild" && (action.inputArtifacts?.length ?? 0) > 1 && !configuration.PrimarySource) {
    problems.push(`${at}: several input artifacts need PrimarySource`);
  }
  if (action.timeoutInMinutes !== undefined && provider !== "Manual")
    problems.push(`${at}: timeoutInMinutes is for manual approvals only`);
  if (action.region && action.region !== region)
    problems.push(`${at}: the Sluice sandbox has region ${region} only, got ${action.region}`);
}

function checkArtifacts(
  at: string,
  action: ActionDeclaration,
  produced: Set<string>,
  problems: string[],
): void {
  const known = providers[action.actionTypeId.provider];
  const count = (what: string, given: number, [least, most]: readonly [number, number]): void => {
    if (given < least || given > most)
      problems.push(`${at}: expected ${least} to ${most} ${what} artifacts, got ${given}`);
  };
  const inputs = action.inputArtifacts ?? [];
  const outputs = action.outputArtifacts ?? [];
  if (known) {
    count("input", inputs.length, known.inputs);
    count("output", outputs.length, known.outputs);
  }
  for (const { name } of inputs)
    if (!produced.has(name))
      problems.push(`${at}: no earlier action makes the input artifact ${JSON.stringify(name)}`);
  for (const { name } of outputs) {
    if (produced.has(name)) problems.push(`${at}: the output artifact ${JSON.stringify(name)} is made twice`);
    produced.add(name);
  }
}

function checkReferences(given: Input, variables: Set<string>, problems: string[]): void {
  const namespaces = new Set(["codepipeline", "variables"]);
  for (const stage of given.stages) {
    for (const action of stage.actions as ActionDeclaration[]) {
      for (const [key, value] of Object.entries(action.configuration ?? {})) {
        for (const { namespace, name, text } of references(value)) {
          const at = `stages.${stage.name}.${action.name}.configuration.${key}`;
          if (!namespaces.has(namespace))
            problems.push(`${at}: no earlier action has the namespace of ${text}`);
          else if (namespace === "variables" && !variables.has(name))
            problems.push(`${at}: the pipeline declares no variable for ${text}`);
          else if (namespace === "codepipeline" && name !== "PipelineExecutionId")
            problems.push(`${at}: codepipeline has PipelineExecutionId only, got ${text}`);
        }
      }
      if (!action.namespace) continue;
      if (namespaces.has(action.namespace))
        problems.push(
          `stages.${stage.name}.${action.name}: the namespace ${JSON.stringify(action.namespace)} is used twice`,
        );
      namespaces.add(action.namespace);
    }
  }
}
