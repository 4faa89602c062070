/** Lambda bundles: one tree-shaken ESM file each, the same bytes for the same source. */
import { join } from "node:path";
import { build, stop } from "esbuild";
import { ENVIRONMENT, type LambdaName } from "../contracts/environment.ts";

export const LAMBDAS = Object.keys(ENVIRONMENT) as LambdaName[];

/** CommonJS dependencies inside an ESM bundle look for `require`. */
const REQUIRE_SHIM =
  'import { createRequire as sluiceCreateRequire } from "node:module"; const require = sluiceCreateRequire(import.meta.url);';

/** Bundles every Lambda of `root` into `<target>/<name>/index.mjs`, in one build, so that what they share is parsed once. */
export async function bundleLambdas(root: string, target: string): Promise<void> {
  await build({
    entryPoints: LAMBDAS.map((name) => ({
      in: join(root, "lambdas", name, "index.ts"),
      out: join(name, "index"),
    })),
    outdir: target,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    minify: true,
    treeShaking: true,
    platform: "node",
    target: "node24",
    format: "esm",
    // `module` first: the SDK's ESM builds shake, its CommonJS builds do not.
    mainFields: ["module", "main"],
    alias: { "@aws-sdk/credential-provider-node": join(root, "build", "lambdaCredentials.ts") },
    banner: { js: REQUIRE_SHIM },
    legalComments: "none",
    absWorkingDir: root,
    logLevel: "warning",
  });
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
