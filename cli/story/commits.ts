/** Commits as a data scientist pushes them: the model folder with a change, zipped and uploaded as the source. */
import { type FileEntry, filesBelow, zip } from "../../build/archives.ts";
import { MODEL, type World } from "./world.ts";

type Edit = (files: FileEntry[]) => FileEntry[];

/** A commit that changes one place of one file. */
export const replaceIn =
  (path: string, from: string, to: string): Edit =>
  (files) =>
    files.map((file) => {
      if (file.path !== path) return file;
      const text = new TextDecoder().decode(file.body);
      if (!text.includes(from))
        throw new Error(
          `${path}: expected ${JSON.stringify(from)} in the sample model, found none; the story's commit no longer fits`,
        );
      return { path, body: new TextEncoder().encode(text.replace(from, to)) };
    });

/** A change of the encoding, missing numbers become zeros, that its own unit test catches. */
export const BROKEN_ENCODING = replaceIn(
  "features.py",
  'if value != "" else np.nan',
  'if value != "" else 0.0',
);

/**
 * A well-meant change: for clients that an earlier campaign reached, ask the campaign history and wait for its answer. Everything else
 * is as fast as before, all tests pass, and none of the golden requests is about such a client.
 */
export const SLOW_LOOKUP: Edit = (files) => {
  const imported = replaceIn("inference.py", "import json\n", "import json\nimport time\n")(files);
  return replaceIn(
    "inference.py",
    "    return booster.inplace_predict(",
    [
      '    places = [place for place, feature in enumerate(encoding["spec"]) if feature["name"] == "pdays"]',
      "    for row in rows:",
      '        if any(row[place] != "-1" for place in places):',
      "            time.sleep(1.2)  # the campaign history answers in about a second",
      "    return booster.inplace_predict(",
    ].join("\n"),
  )(imported);
};

/** Uploads the commit; the new source object starts the pipeline. */
export async function commit(world: World, edit: Edit | null): Promise<void> {
  const files = filesBelow(world.modelFolder);
  const changed = edit ? edit(files) : files;
  await world.putObject(
    world.foundation.artifactBucket,
    `source/${MODEL}.zip`,
    zip(changed.map((file) => ({ ...file, path: `models/${MODEL}/${file.path}` }))),
  );
}
