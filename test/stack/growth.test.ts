import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ROOT, runStack } from "../support/stackHarness.ts";

/** A hundred models with the sample's settings. */
function manyModels(count: number): { folder: string; names: string[] } {
  const folder = mkdtempSync(join(tmpdir(), "sluice-models-"));
  const yaml = readFileSync(join(ROOT, "models", "bank-marketing", "model.yaml"), "utf8");
  const names = Array.from({ length: count }, (_, index) => `model-${index}`);
  for (const name of names) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "model.yaml"), yaml.replace("name: bank-marketing", `name: ${name}`));
  }
  return { folder, names };
}

describe("an environment with 100 models", () => {
  it("has a fixed number of resources a model, and a fixed number shared", async () => {
    const { folder, names } = manyModels(100);
    try {
      const resources = await runStack(
        "prod",
        { "sluice:models": JSON.stringify(names) },
        { modelsFolder: folder },
      );

      const perModel = resources.filter((resource) => /^model-7(-|$)/.test(resource.name)).length;
      const shared = resources.filter((resource) => !/^model-\d+/.test(resource.name)).length;
      assert.equal(resources.length, shared + 100 * perModel);
      assert.ok(perModel <= 16, `${perModel} resources a model`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
