/** The build's tool, bundled for CodeBuild: checks a model folder and packages it. Prints every problem, exits 1 on any. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { parseDocument } from "yaml";
import type { DvcSource } from "../../contracts/dvc.ts";
import { type ModelSpec, type Problem, parseModelSpec } from "../../contracts/modelSpec.ts";
import { resolveDvc } from "../../core/dataset/dvc/parse.ts";
import { filesBelow, tarGz } from "../archives.ts";

const REQUIRED = [
  "model.yaml",
  "expectations.json",
  "golden.jsonl",
  "requirements.txt",
  "README.md",
  "tests",
];

export interface CheckedModel {
  readonly spec: ModelSpec;
  /** What the model's DVC file names; null for a model without. */
  readonly dvc: DvcSource | null;
}

/** Everything wrong with a model folder, or what it holds. */
export function checkModel(folder: string): CheckedModel | { problems: Problem[] } {
  const problems: Problem[] = REQUIRED.filter((name) => !existsSync(join(folder, name))).map((name) => ({
    path: name,
    message: "expected this file in the model folder, found none",
  }));
  if (!existsSync(join(folder, "model.yaml"))) return { problems };
  const document = parseDocument(readFileSync(join(folder, "model.yaml"), "utf8"));
  for (const error of document.errors) problems.push({ path: "model.yaml", message: error.message });
  if (document.errors.length > 0) return { problems };
  const parsed = parseModelSpec(document.toJS());
  if ("problems" in parsed)
    return {
      problems: [...problems, ...parsed.problems.map((p) => ({ ...p, path: `model.yaml: ${p.path}` }))],
    };
  const { spec } = parsed;
  if (spec.name !== basename(folder))
    problems.push({
      path: "model.yaml: name",
      message: `expected ${JSON.stringify(basename(folder))} like the folder, got ${JSON.stringify(spec.name)}`,
    });
  for (const [key, file] of [
    ["training.entryPoint", spec.training.entryPoint],
    ["serving.entryPoint", spec.serving.entryPoint],
  ] as const)
    if (!existsSync(join(folder, file)))
      problems.push({
        path: `model.yaml: ${key}`,
        message: `expected the file ${JSON.stringify(file)} in the model folder, found none`,
      });
  problems.push(...checkJson(folder));
  const dvc = checkDvc(folder, spec);
  if (dvc && "problems" in dvc) return { problems: [...problems, ...dvc.problems] };
  return problems.length > 0 ? { problems } : { spec, dvc: dvc?.source ?? null };
}

function checkDvc(folder: string, spec: ModelSpec): ReturnType<typeof resolveDvc> | null {
  const settings = spec.data.dvc;
  if (!settings) return null;
  if (!existsSync(join(folder, settings.file))) {
    const message = `expected the file ${JSON.stringify(settings.file)} in the model folder, found none; commit it with the code`;
    return { problems: [{ path: "model.yaml: data.dvc.file", message }] };
  }
  const resolved = resolveDvc(settings, readFileSync(join(folder, settings.file), "utf8"));
  if ("source" in resolved) return resolved;
  return { problems: resolved.problems.map((p) => ({ ...p, path: `${settings.file}: ${p.path}` })) };
}

function checkJson(folder: string): Problem[] {
  const problems: Problem[] = [];
  const read = (name: string): string =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), "utf8") : "";
  const attempt = (path: string, text: string): unknown => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      problems.push({ path, message: `expected JSON, got ${JSON.stringify(text.slice(0, 60))}` });
      return undefined;
    }
  };
  if (existsSync(join(folder, "expectations.json"))) attempt("expectations.json", read("expectations.json"));
  for (const [index, line] of read("golden.jsonl").split("\n").entries()) {
    if (line.trim() === "") continue;
    const value = attempt(`golden.jsonl line ${index + 1}`, line) as { body?: unknown } | undefined;
    if (value && typeof value.body !== "string")
      problems.push({ path: `golden.jsonl line ${index + 1}`, message: 'expected {"body": "<csv row>"}' });
  }
  return problems;
}

function main(): void {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { out: { type: "string", default: "build" } },
  });
  const [command, folder] = positionals;
  if (!folder || (command !== "check" && command !== "package")) {
    console.error("usage: sluice-model check|package <model folder> [--out <folder>]");
    process.exit(2);
  }
  const checked = checkModel(folder);
  if ("problems" in checked) {
    for (const problem of checked.problems)
      console.error(`${basename(folder)}/${problem.path}: ${problem.message}`);
    process.exit(1);
  }
  mkdirSync(values.out, { recursive: true });
  const write = (name: string, body: string | Uint8Array): void =>
    writeFileSync(join(values.out, name), body);
  write("spec.json", JSON.stringify(checked.spec));
  if (command === "check") {
    console.log(
      `${basename(folder)}: model.yaml is valid: ${checked.spec.features.length} features, ${checked.spec.task}`,
    );
    return;
  }
  write("dvc.json", JSON.stringify(checked.dvc));
  for (const name of ["expectations.json", "golden.jsonl"]) write(name, readFileSync(join(folder, name)));
  const files = filesBelow(folder).filter((file) => !file.path.startsWith("tests/"));
  write("sourcedir.tar.gz", tarGz(files));
  console.log(`${basename(folder)}: packaged ${files.length} files`);
}

if (process.argv[1] && /sluice-model\.mjs$|modelTool\.ts$/.test(process.argv[1])) main();
