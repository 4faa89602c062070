/** Everything that the stacks upload, made from the sources into `dist/`: a command makes it, so it is never committed. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { filesBelow, tarGz, zip } from "./archives.ts";
import { bundleLambdas, bundleTool, endBundler } from "./bundles.ts";

export const ROOT = join(import.meta.dirname, "..");

function write(path: string, body: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, body);
}

/** The source zip of one model, as a commit would upload it. */
export function sourceZip(modelFolder: string, name: string): Uint8Array {
  return zip(filesBelow(modelFolder).map((file) => ({ ...file, path: `models/${name}/${file.path}` })));
}

/** Builds bundles, the tool's zip, the bootstrap model and the first source zips below `<root>/dist`. */
export async function buildAll(root = ROOT): Promise<void> {
  const dist = join(root, "dist");
  await Promise.all([
    bundleLambdas(root, join(dist, "lambdas")),
    bundleTool(root, join(dist, "tools", "sluice-model.mjs")),
  ]);
  await endBundler();
  const read = (...path: string[]): Uint8Array => new Uint8Array(readFileSync(join(root, ...path)));
  write(
    join(dist, "build-tools.zip"),
    zip([
      { path: "requirements-build.txt", body: read("build", "tools", "requirements-build.txt") },
      { path: "sluice-model.mjs", body: read("dist", "tools", "sluice-model.mjs") },
    ]),
  );
  write(
    join(dist, "bootstrap", "model.tar.gz"),
    tarGz([{ path: "xgboost-model", body: read("infra", "serving", "bootstrap", "xgboost-model") }]),
  );
  for (const name of readdirSync(join(root, "models")))
    if (existsSync(join(root, "models", name, "model.yaml")))
      write(join(dist, "sources", `${name}.zip`), sourceZip(join(root, "models", name), name));
}

if (process.argv[1] === import.meta.filename) await buildAll();
