/** Marks a dataset as used before its files are written, so that no clean-up takes them away. */
import type { DatasetManifest } from "../../contracts/dataset.ts";
import { type DatasetRecord, keys } from "../../contracts/records.ts";
import { datasetsIn, isLocked, used } from "../../core/dataset/cleanup.ts";
import { SluiceError } from "../shared/errors.ts";
import { change, type Records } from "../shared/records.ts";

/**
 * @throws SluiceError `TransientFailure` while a clean-up deletes the dataset: run again, the files are then written anew
 */
export async function claimDataset(
  { records, now }: { readonly records: Records; readonly now: () => Date },
  modelName: string,
  datasetId: string,
  parents: DatasetManifest["parents"],
): Promise<void> {
  const key = keys.dataset(modelName, datasetId);
  const from = datasetsIn(
    parents.map(({ uri }) => uri),
    modelName,
  );
  const use = { modelName, datasetId, parents: from };
  await change<DatasetRecord>(records, key, used(null, use, now()), (record) => {
    if (isLocked(record, now()))
      throw new SluiceError(
        "TransientFailure",
        `dataset ${datasetId}: expected it to be free, a clean-up has been deleting it since ${record.deletingSince}; run the stage again in a quarter of an hour`,
      );
    return used(record, use, now());
  });
}
