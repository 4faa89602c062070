/** A buildspec, version 0.2. What the sandbox does not do is refused by name: a build must not pass here and fail on AWS. */
import { parse } from "yaml";

export const phaseNames = ["install", "pre_build", "build", "post_build"] as const;
export type PhaseName = (typeof phaseNames)[number];

export interface Phase {
  readonly commands: readonly string[];
  readonly finally: readonly string[];
  /** True when a failure of this phase ends the build at once (`on-failure: ABORT`). */
  readonly aborts: boolean;
}

export interface ArtifactSet {
  readonly files: readonly string[];
  readonly exclude: readonly string[];
  readonly baseDirectory: string;
  readonly discardPaths: boolean;
  readonly name: string | undefined;
}

export interface ReportSet {
  readonly name: string;
  readonly files: readonly string[];
  readonly baseDirectory: string;
}

export interface Buildspec {
  readonly variables: Readonly<Record<string, string>>;
  readonly exportedVariables: readonly string[];
  readonly phases: Readonly<Partial<Record<PhaseName, Phase>>>;
  readonly artifacts: ArtifactSet | undefined;
  readonly secondaryArtifacts: Readonly<Record<string, ArtifactSet>>;
  readonly reports: readonly ReportSet[];
}

export class BuildspecError extends Error {}

type Json = Record<string, unknown>;

class Reader {
  readonly problems: string[] = [];

  object(at: string, value: unknown, allowed: readonly string[]): Json {
    if (value === undefined || value === null) return {};
    if (typeof value !== "object" || Array.isArray(value)) {
      this.problems.push(`${at}: expected a mapping, got ${JSON.stringify(value)}`);
      return {};
    }
    if (allowed.length > 0) {
      for (const key of Object.keys(value)) {
        if (!allowed.includes(key))
          this.problems.push(
            `${at}: the Sluice sandbox does not support ${JSON.stringify(key)}; it knows ${allowed.join(", ")}`,
          );
      }
    }
    return value as Json;
  }

  texts(at: string, value: unknown): string[] {
    if (value === undefined || value === null) return [];
    const list = Array.isArray(value) ? value : [value];
    const wrong = list.filter((entry) => typeof entry !== "string");
    // `- echo a: b` is a mapping in YAML: the classic trap of buildspecs.
    if (wrong.length > 0)
      this.problems.push(
        `${at}: expected texts, got ${JSON.stringify(wrong)}; quote commands that contain ": "`,
      );
    return list.filter((entry) => typeof entry === "string");
  }
}

/** Parses a buildspec. Throws {@link BuildspecError} with every problem. */
export function parseBuildspec(text: string): Buildspec {
  const read = new Reader();
  let document: unknown;
  try {
    document = parse(text);
  } catch (problem) {
    throw new BuildspecError(
      `YAML_FILE_ERROR: ${problem instanceof Error ? problem.message : String(problem)}`,
    );
  }
  const root = read.object("buildspec", document, ["version", "env", "phases", "artifacts", "reports"]);
  if (root.version !== 0.2 && root.version !== "0.2")
    read.problems.push(`version: expected 0.2, got ${JSON.stringify(root.version)}`);
  const env = read.object("env", root.env, ["shell", "variables", "exported-variables"]);
  if (env.shell !== undefined && env.shell !== "bash" && env.shell !== "/bin/sh")
    read.problems.push(`env.shell: expected bash or /bin/sh, got ${JSON.stringify(env.shell)}`);
  const variables = Object.entries(read.object("env.variables", env.variables, []));
  const spec: Buildspec = {
    variables: Object.fromEntries(variables.map(([key, value]) => [key, String(value)])),
    exportedVariables: read.texts("env.exported-variables", env["exported-variables"]),
    phases: phases(read, root.phases),
    ...artifacts(read, root.artifacts),
    reports: reports(read, root.reports),
  };
  if (Object.keys(spec.phases).length === 0) read.problems.push("phases: expected at least one phase");
  if (read.problems.length > 0) throw new BuildspecError(`YAML_FILE_ERROR: ${read.problems.join("; ")}`);
  return spec;
}

function phases(read: Reader, value: unknown): Buildspec["phases"] {
  const given = read.object("phases", value, phaseNames);
  const result: Partial<Record<PhaseName, Phase>> = {};
  for (const name of phaseNames) {
    if (given[name] === undefined) continue;
    // Runtimes are those of the sandbox: Node and Python are on PATH, whatever `runtime-versions` says.
    const phase = read.object(`phases.${name}`, given[name], [
      "commands",
      "finally",
      "on-failure",
      "runtime-versions",
    ]);
    const onFailure = phase["on-failure"];
    if (onFailure !== undefined && onFailure !== "ABORT")
      read.problems.push(
        `phases.${name}.on-failure: the Sluice sandbox supports ABORT only, got ${JSON.stringify(onFailure)}`,
      );
    result[name] = {
      commands: read.texts(`phases.${name}.commands`, phase.commands),
      finally: read.texts(`phases.${name}.finally`, phase.finally),
      aborts: onFailure === "ABORT",
    };
  }
  return result;
}

const artifactFields = ["files", "name", "base-directory", "discard-paths", "exclude-paths"];

function artifactSet(read: Reader, at: string, given: Json): ArtifactSet {
  const files = read.texts(`${at}.files`, given.files);
  if (files.length === 0) read.problems.push(`${at}.files: expected at least one path`);
  return {
    files,
    exclude: read.texts(`${at}.exclude-paths`, given["exclude-paths"]),
    baseDirectory: String(given["base-directory"] ?? "."),
    discardPaths: given["discard-paths"] === true || given["discard-paths"] === "yes",
    name: given.name === undefined ? undefined : String(given.name),
  };
}

function artifacts(read: Reader, value: unknown): Pick<Buildspec, "artifacts" | "secondaryArtifacts"> {
  if (value === undefined) return { artifacts: undefined, secondaryArtifacts: {} };
  const given = read.object("artifacts", value, [...artifactFields, "secondary-artifacts"]);
  const secondary = Object.entries(
    read.object("artifacts.secondary-artifacts", given["secondary-artifacts"], []),
  ).map(([name, set]) => {
    const at = `artifacts.secondary-artifacts.${name}`;
    return [name, artifactSet(read, at, read.object(at, set, artifactFields))] as const;
  });
  const onlySecondary = given.files === undefined && secondary.length > 0;
  return {
    artifacts: onlySecondary ? undefined : artifactSet(read, "artifacts", given),
    secondaryArtifacts: Object.fromEntries(secondary),
  };
}

function reports(read: Reader, value: unknown): ReportSet[] {
  return Object.entries(read.object("reports", value, [])).map(([name, set]) => {
    const given = read.object(`reports.${name}`, set, [
      "files",
      "base-directory",
      "discard-paths",
      "file-format",
    ]);
    const format = given["file-format"] ?? "JUNITXML";
    if (format !== "JUNITXML")
      read.problems.push(
        `reports.${name}.file-format: the Sluice sandbox supports JUNITXML only, got ${JSON.stringify(format)}`,
      );
    return {
      name,
      files: read.texts(`reports.${name}.files`, given.files),
      baseDirectory: String(given["base-directory"] ?? "."),
    };
  });
}
