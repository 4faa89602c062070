import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DvcOut } from "../../../../contracts/dvc.ts";
import { parseDvcFile, parseDvcLock, resolveDvc } from "../../../../core/dataset/dvc/parse.ts";
import { renderDvcFile } from "../../../../core/dataset/dvc/render.ts";

const HASH = "acbd18db4cc2f85cedef654fccc4a4d8";
const file: DvcOut = { path: "calls.csv", md5: HASH, isFolder: false, size: 41, nfiles: null, hash: "md5" };
const folder: DvcOut = { path: "calls", md5: HASH, isFolder: true, size: 88, nfiles: 3, hash: "md5" };

const messages = (parsed: object): string =>
  "problems" in parsed
    ? (parsed.problems as { path: string; message: string }[])
        .map((p) => `${p.path}: ${p.message}`)
        .join("\n")
    : "";

describe(".dvc files", () => {
  const good: readonly [string, string, readonly DvcOut[]][] = [
    ["a file of DVC 3", `outs:\n- md5: ${HASH}\n  size: 41\n  hash: md5\n  path: calls.csv\n`, [file]],
    [
      "a folder of DVC 3",
      `outs:\n- md5: ${HASH}.dir\n  size: 88\n  nfiles: 3\n  hash: md5\n  path: calls\n`,
      [folder],
    ],
    [
      "a file of DVC 2, which names no hash",
      `outs:\n- md5: ${HASH}\n  size: 41\n  path: calls.csv\n`,
      [{ ...file, hash: "md5-dos2unix" }],
    ],
    [
      "a file of DVC 1, which names no size",
      `md5: ${HASH}\nouts:\n- md5: ${HASH}\n  path: calls.csv\n  cache: true\n  metric: false\n`,
      [{ ...file, hash: "md5-dos2unix", size: null }],
    ],
    [
      "what says nothing about the bytes",
      `desc: x\nmeta: {a: 1}\nouts:\n- md5: ${HASH}\n  size: 41\n  hash: md5\n  path: calls.csv\n  isexec: true\n  remote: other\n  labels: [a]\n`,
      [file],
    ],
    [
      "a hash that YAML takes for a number",
      `outs:\n- md5: ${"1".repeat(15)}e${"2".repeat(16)}\n  hash: md5\n  path: a\n- md5: ${"3".repeat(32)}\n  hash: md5\n  path: b\n`,
      [
        { ...file, path: "a", md5: `${"1".repeat(15)}e${"2".repeat(16)}`, size: null },
        { ...file, path: "b", md5: "3".repeat(32), size: null },
      ],
    ],
  ];
  for (const [what, text, outs] of good)
    it(`reads ${what}`, () => assert.deepEqual(parseDvcFile(text), { outs }));

  const bad: readonly [string, string, RegExp][] = [
    ["no YAML", "outs: [", /\(whole file\): /],
    ["an empty file", "", /\(whole file\): expected a \.dvc file with outs, got null; run dvc add/],
    ["no outs", "deps: []\n", /outs: expected a list of outputs, got nothing/],
    ["no output", "outs: []\n", /outs: expected at least one output/],
    [
      "no hash",
      "outs:\n- path: a\n",
      /outs\.0\.md5: expected a hash, got nothing; run dvc add or dvc commit again/,
    ],
    [
      "a short hash and a wrong size at once",
      "outs:\n- md5: abc\n  size: big\n  path: a\n",
      /outs\.0\.md5: expected a hash of 32 hex digits, .* got "abc".*\n.*outs\.0\.size: expected a size in bytes, got "big"/,
    ],
    [
      "another hash kind",
      `outs:\n- md5: ${HASH}\n  hash: sha256\n  path: a\n`,
      /outs\.0\.hash: .* got "sha256"/,
    ],
    [
      "an external output",
      `outs:\n- etag: ${HASH}\n  path: s3://a/b\n`,
      /outs\.0\.etag: "etag" is the hash of an external output/,
    ],
    [
      "a version-aware remote",
      "outs:\n- path: a\n  hash: md5\n  files:\n  - relpath: b\n",
      /outs\.0\.files: .*version-aware remote.*push to a remote without version_aware/,
    ],
    [
      "an uncached output",
      `outs:\n- md5: ${HASH}\n  path: a\n  cache: false\n`,
      /outs\.0\.cache: .*remove cache: false/,
    ],
    ["an output that is not pushed", `outs:\n- md5: ${HASH}\n  path: a\n  push: false\n`, /outs\.0\.push: /],
  ];
  for (const [what, text, message] of bad)
    it(`refuses ${what}`, () => assert.match(messages(parseDvcFile(text)), message));

  it("are written as DVC 3 writes them", () => {
    assert.equal(
      renderDvcFile([{ ...folder, hash: "md5" }]),
      `outs:\n- md5: ${HASH}.dir\n  size: 88\n  nfiles: 3\n  hash: md5\n  path: calls\n`,
    );
  });

  for (const path of [
    "calls.csv",
    "true",
    "1e5",
    "with: colon",
    "- dash",
    'quo"te',
    "ünï ☂ \u{1f600}",
    "a\u2028b",
    "#x",
  ])
    it(`keep the path ${JSON.stringify(path)} and a hash like a number`, () => {
      const outs = [{ ...file, hash: "md5" as const, path, md5: "7".repeat(32) }];

      assert.deepEqual(parseDvcFile(renderDvcFile(outs)), { outs });
    });
});

describe("dvc.lock", () => {
  const lock = `schema: '2.0'
stages:
  split:
    cmd: python split.py
    deps:
    - path: calls.csv
      hash: md5
      md5: ${"0".repeat(32)}
      size: 1
    params:
      params.yaml:
        seed: 1
    outs:
    - path: calls
      hash: md5
      md5: ${HASH}.dir
      size: 88
      nfiles: 3
    - path: calls.csv
      md5: ${HASH}
      size: 41
  broken:
    cmd: x
`;
  const dvc2 = { ...file, hash: "md5-dos2unix" as const };

  it("gives the outputs of one stage, each with the hash kind that it has", () =>
    assert.deepEqual(parseDvcLock(lock, "split"), { outs: [folder, dvc2] }));
  it("names the stages when there is no such one", () =>
    assert.match(
      messages(parseDvcLock(lock, "train")),
      /stages: expected the stage "train", got \["split","broken"\]; correct data\.dvc\.stage/,
    ));
  it("names the stage of what is wrong", () =>
    assert.match(
      messages(parseDvcLock(lock, "broken")),
      /stages\.broken\.outs: expected a list of outputs, got nothing/,
    ));
  it("refuses the lock of DVC 1", () =>
    assert.match(
      messages(parseDvcLock("split:\n  cmd: x\n", "split")),
      /schema: expected the schema "2\.0" .* got nothing/,
    ));

  const settings = { file: "dvc.lock", stage: "split", remote: "s3://bucket", push: false };
  it("needs the output's name where there are several", () => {
    assert.match(
      messages(resolveDvc(settings, lock)),
      /outs: expected one output, got \["calls","calls\.csv"\]; set data\.dvc\.out/,
    );
    assert.match(
      messages(resolveDvc({ ...settings, out: "x" }, lock)),
      /expected one output "x", got \["calls"/,
    );
    assert.deepEqual(resolveDvc({ ...settings, out: "calls.csv" }, lock), {
      source: { file: "dvc.lock", out: dvc2 },
    });
  });
});
