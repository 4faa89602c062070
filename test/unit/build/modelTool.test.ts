import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { filesBelow } from "../../../build/archives.ts";
import { checkModel } from "../../../build/tools/modelTool.ts";

const SAMPLE = join(import.meta.dirname, "../../../models/bank-marketing");
const HASH = "acbd18db4cc2f85cedef654fccc4a4d8";

describe("a model folder with DVC", () => {
  let root: string;
  let folder: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "sluice-model-"));
    folder = join(root, "bank-marketing");
    cpSync(SAMPLE, folder, { recursive: true, filter: (path) => !path.includes("bank-marketing/data") });
    const file = join(folder, "model.yaml");
    const dvc = "data:\n  dvc: { file: data/calls.dvc, remote: s3://bucket/dvc }\n";
    writeFileSync(file, readFileSync(file, "utf8").replace(/^data:\n/m, dvc));
    mkdirSync(join(folder, "data"), { recursive: true });
    writeFileSync(
      join(folder, "data", "calls.dvc"),
      `outs:\n- md5: ${HASH}\n  hash: md5\n  path: calls.csv\n`,
    );
    writeFileSync(join(folder, "data", "calls.csv"), "raw");
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const problems = (): string => {
    const checked = checkModel(folder);
    return "problems" in checked ? checked.problems.map((p) => `${p.path}: ${p.message}`).join("\n") : "";
  };

  it("hands on the output that its DVC file names", () => {
    const checked = checkModel(folder);
    assert.ok("dvc" in checked, problems());
    assert.equal(checked.dvc?.out.md5, HASH);
  });
  it("says which file is missing", () => {
    rmSync(join(folder, "data", "calls.dvc"));
    assert.match(
      problems(),
      /model\.yaml: data\.dvc\.file: expected the file "data\/calls\.dvc" in the model folder/,
    );
  });
  it("says what is wrong in the file, and where", () => {
    writeFileSync(join(folder, "data", "calls.dvc"), "outs:\n- path: a\n");
    assert.match(problems(), /data\/calls\.dvc: outs\.0\.md5: expected a hash, got nothing/);
  });
  it("sends DVC's files with the source, never the data", () => {
    const paths = filesBelow(folder).map(({ path }) => path);
    assert.ok(paths.includes("data/calls.dvc"));
    assert.ok(!paths.includes("data/calls.csv"));
  });
});

describe("a model folder without DVC", () => {
  it("hands on nothing", () => {
    const checked = checkModel(SAMPLE);
    assert.ok("dvc" in checked);
    assert.equal(checked.dvc, null);
  });
});
