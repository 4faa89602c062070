/** What code takes in a bundle of its own. */
import { join } from "node:path";
import { build } from "esbuild";

/** A module of these statements, with all that it takes from the repository, bundled and minified. */
export async function minified(contents: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: join(import.meta.dirname, ".."), loader: "ts" },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "node24",
  });
  return (outputFiles[0] as { contents: Uint8Array }).contents;
}
