/**
 * Reads `.dvc` files and `dvc.lock`, of DVC 3 and 2. Errors name the place in the file, what was expected, what came and what to do; all of
 * them at once.
 */
import { parseDocument } from "yaml";
import * as z from "zod";
import type { DvcOut, DvcSettings, DvcSource } from "../../../contracts/dvc.ts";
import { type Problem, problemsOf } from "../../../contracts/modelSpec.ts";

export type ParsedOuts = { readonly outs: readonly DvcOut[] } | { readonly problems: readonly Problem[] };

const told = (expected: string, fix: string) => ({
  error: ({ input }: { readonly input?: unknown }) =>
    `expected ${expected}, got ${JSON.stringify(input) ?? "nothing"}; ${fix}`,
});
const again = "run dvc add or dvc commit again";
const text = (pattern: RegExp, expected: string, fix = again) =>
  z.string(told(expected, fix)).regex(pattern, told(expected, fix));
const count = (expected: string) => text(/^\d+$/, expected).transform(Number);

/** Hashes and places of outputs whose bytes are not in the remote under their md5. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  etag: "is the hash of an external output, which no remote keeps; track a copy with dvc add",
  checksum: "is the hash of an external output, which no remote keeps; track a copy with dvc add",
  files:
    "lists files of a version-aware remote, which keeps no objects by hash; push to a remote without version_aware",
  cloud:
    "names versions of a version-aware remote, which keeps no objects by hash; push to a remote without version_aware",
};

/** `dvc/output.py` of DVC 3.67 and 2.58. Keys that say nothing about the bytes are let through. */
const outShape = z
  .looseObject({
    path: text(/./, "the path of the output"),
    md5: text(
      /^[0-9a-f]{32}(\.dir)?$/i,
      'a hash of 32 hex digits, with ".dir" after it for a folder',
    ).optional(),
    size: count("a size in bytes").optional(),
    nfiles: count("a number of files").optional(),
    hash: text(/^md5$/, 'the hash kind "md5"').optional(),
    cache: text(
      /^true$/,
      "an output that DVC caches",
      "remove cache: false, then dvc commit and dvc push",
    ).optional(),
    push: text(/^true$/, "an output that dvc push sends", "remove push: false, then dvc push").optional(),
  })
  .superRefine((out, context) => {
    const issue = (key: string, message: string): void =>
      context.addIssue({ code: "custom", path: [key], message });
    const elsewhere = Object.keys(ELSEWHERE).filter((key) => key in out);
    for (const key of elsewhere) issue(key, `${JSON.stringify(key)} ${ELSEWHERE[key]}`);
    if (out.md5 === undefined && elsewhere.length === 0)
      issue("md5", `expected a hash, got nothing; ${again}`);
  })
  .transform((out): DvcOut => {
    const { md5 = "" } = out;
    return {
      path: out.path,
      md5: md5.slice(0, 32).toLowerCase(),
      isFolder: /\.dir$/i.test(md5),
      size: out.size ?? null,
      nfiles: out.nfiles ?? null,
      hash: out.hash === undefined ? "md5-dos2unix" : "md5",
    };
  });
const outsShape = z
  .array(outShape, told("a list of outputs", again))
  .min(1, "expected at least one output, got none");

const dvcFileShape = z.looseObject({ outs: outsShape }, told("a .dvc file with outs", again));
const lockShape = z.looseObject(
  {
    schema: text(/^2\.0$/, 'the schema "2.0" of DVC 2 and 3', "run dvc repro with DVC 2 or 3"),
    stages: z.record(z.string(), z.unknown(), told("stages", "run dvc repro")),
  },
  told("a dvc.lock with schema and stages", "run dvc repro"),
);
const stageShape = z.looseObject({ outs: outsShape }, told("a stage with outs", "run dvc repro"));

/** The outputs of a `.dvc` file. */
export function parseDvcFile(content: string): ParsedOuts {
  const value = readYaml(content);
  if ("problems" in value) return value;
  const parsed = dvcFileShape.safeParse(value.value);
  return parsed.success ? { outs: parsed.data.outs } : { problems: problemsOf(parsed.error) };
}

/** The outputs of one stage of a `dvc.lock`; other stages are not looked at. */
export function parseDvcLock(content: string, stage: string): ParsedOuts {
  const value = readYaml(content);
  if ("problems" in value) return value;
  const lock = lockShape.safeParse(value.value);
  if (!lock.success) return { problems: problemsOf(lock.error) };
  const names = Object.keys(lock.data.stages);
  if (!names.includes(stage))
    return {
      problems: [
        {
          path: "stages",
          message: `expected the stage ${JSON.stringify(stage)}, got ${JSON.stringify(names)}; correct data.dvc.stage or run dvc repro`,
        },
      ],
    };
  const parsed = stageShape.safeParse(lock.data.stages[stage]);
  if (parsed.success) return { outs: parsed.data.outs };
  return { problems: problemsOf(parsed.error).map((p) => ({ ...p, path: `stages.${stage}.${p.path}` })) };
}

/** The one output that the settings mean, out of the content of the file that they name. */
export function resolveDvc(
  settings: DvcSettings,
  content: string,
): { readonly source: DvcSource } | { readonly problems: readonly Problem[] } {
  const parsed = settings.stage === undefined ? parseDvcFile(content) : parseDvcLock(content, settings.stage);
  if ("problems" in parsed) return parsed;
  const { outs } = parsed;
  const wanted = settings.out === undefined ? outs : outs.filter(({ path }) => path === settings.out);
  const [out, ...others] = wanted;
  if (out && others.length === 0) return { source: { file: settings.file, out } };
  const expected = settings.out === undefined ? "one output" : `one output ${JSON.stringify(settings.out)}`;
  const got = JSON.stringify(outs.map(({ path }) => path));
  return {
    problems: [
      { path: "outs", message: `expected ${expected}, got ${got}; set data.dvc.out to one of them` },
    ],
  };
}

/** YAML in which every scalar is text: an md5 of digits alone, or like `12e34`, would be read as a number. */
function readYaml(content: string): { value: unknown } | { problems: Problem[] } {
  const document = parseDocument(content, { schema: "failsafe" });
  const problems = document.errors.map(({ message }) => ({ path: "(whole file)", message }));
  return problems.length > 0 ? { problems } : { value: document.toJS() as unknown };
}
