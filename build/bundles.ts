/** Lambda bundles: one tree-shaken ESM file each, the same bytes for the same source. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build, stop } from "esbuild";
import { ENVIRONMENT, type LambdaName } from "../contracts/environment.ts";

export const LAMBDAS = Object.keys(ENVIRONMENT) as LambdaName[];

/** CommonJS dependencies inside an ESM bundle look for `require`. */
const REQUIRE_SHIM =
  'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';

/** Bundles every Lambda of `root` into `<target>/<name>/index.mjs`. */
export async function bundleLambdas(root: string, target: string): Promise<void> {
  await Promise.all(
    LAMBDAS.map(async (name) => {
      const result = await build({
        entryPoints: [join(root, "lambdas", name, "index.ts")],
        bundle: true,
        write: false,
        minify: true,
        treeShaking: true,
        platform: "node",
        target: "node24",
        format: "esm",
        // `module` first: the SDK's ESM builds shake, its CommonJS builds do not.
        mainFields: ["module", "main"],
        banner: { js: REQUIRE_SHIM },
        legalComments: "none",
        absWorkingDir: root,
        logLevel: "warning",
      });
      await mkdir(join(target, name), { recursive: true });
      await writeFile(
        join(target, name, "index.mjs"),
        (result.outputFiles[0] as { contents: Uint8Array }).contents,
      );
    }),
  );
}

/** Bundles the CodeBuild tool. */
export async function bundleTool(root: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [join(root, "build", "tools", "modelTool.ts")],
    outfile,
    bundle: true,
    minify: true,
    platform: "node",
    target: "node20",
    format: "esm",
    banner: { js: REQUIRE_SHIM },
    legalComments: "none",
    absWorkingDir: root,
    logLevel: "warning",
  });
}

/** Ends esbuild's own process, which would keep its memory for as long as this one lives. */
export const endBundler = stop;
