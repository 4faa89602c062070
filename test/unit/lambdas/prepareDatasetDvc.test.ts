import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DatasetManifest } from "../../../contracts/dataset.ts";
import type { DvcOut, DvcSettings } from "../../../contracts/dvc.ts";
import { keys, type ReleaseRecord } from "../../../contracts/records.ts";
import { renderFolder } from "../../../core/dataset/dvc/folder.ts";
import { md5 } from "../../../core/dataset/dvc/md5.ts";
import { parseDvcFile, resolveDvc } from "../../../core/dataset/dvc/parse.ts";
import { fetchDvc } from "../../../lambdas/prepareDataset/dvcSource.ts";
import { createHandler } from "../../../lambdas/prepareDataset/handler.ts";
import { DVC2_FILE, DVC2_LOCK, DVC2_OBJECTS } from "../../support/dvc2.ts";
import {
  ATHENA_SETTINGS,
  FakeDvcRemote,
  FakeJobResults,
  FakeLargeObjects,
  FakeObjects,
  FakeRecords,
  noAthena,
  silentLog,
} from "../../support/fakes.ts";
import { jobEvent } from "../../support/jobs.ts";
import { TINY_SUITE, tinyBuild, tinyCsv } from "../../support/sample.ts";

const environment = {
  RECORDS_TABLE: "t",
  POWERTOOLS_SERVICE_NAME: "p",
  ARTIFACT_BUCKET: "artifacts",
  DATA_BUCKET: "data",
  ...ATHENA_SETTINGS,
};
const settings: DvcSettings = { file: "calls.dvc", remote: "s3://remote/dvc", push: false };
const objectUri = (hash: string): string => `s3://remote/dvc/files/md5/${hash.slice(0, 2)}/${hash.slice(2)}`;

/** Calls in a folder of two files, and a note that is no data. */
function world(change: Partial<DvcSettings> = {}) {
  const objects = new FakeObjects();
  const put = (body: string): string => {
    objects.bodies.set(objectUri(md5(body)), Buffer.from(body));
    return md5(body);
  };
  const [header = "", ...rows] = tinyCsv().trim().split("\n");
  const half = (from: number, to?: number): string => `${[header, ...rows.slice(from, to)].join("\n")}\n`;
  const files = { first: put(half(0, 250)), second: put(half(250)), note: put("a note") };
  const listing = renderFolder([
    { relpath: "b/second.csv", md5: files.second },
    { relpath: "a/first.csv", md5: files.first },
    { relpath: "README.md", md5: files.note },
  ]);
  objects.bodies.set(`${objectUri(listing.md5)}.dir`, Buffer.from(listing.body));
  const out: DvcOut = { path: "calls", md5: listing.md5, isFolder: true, size: 1, nfiles: 3, hash: "md5" };
  const source = { file: "calls.dvc", out };
  objects.bodies.set(
    "s3://artifacts/p/build.zip",
    tinyBuild(TINY_SUITE, { settings: { ...settings, ...change }, source }),
  );
  const records = new FakeRecords();
  const results = new FakeJobResults();
  const dvcRemote = new FakeDvcRemote(objects);
  const now = () => new Date("2026-02-01T00:00:00Z");
  const handler = createHandler({
    environment,
    records,
    objects,
    dvcRemote,
    largeObjects: new FakeLargeObjects(objects),
    athena: noAthena,
    results,
    log: silentLog,
    now,
  });
  const run = (dataUri = "standing"): Promise<void> => handler(event(dataUri));
  const failure = (): { code: string; message: string } => results.outcomes.at(-1) as never;
  const manifest = async (): Promise<DatasetManifest> => {
    const release = await records.load<ReleaseRecord>(keys.release("tiny", "rel-1"));
    return objects.json<DatasetManifest>(release?.manifestUri as string);
  };
  return { objects, files, out, run, failure, manifest };
}

const event = (dataUri: string) => jobEvent({ dataUri });

describe("prepareDataset with DVC", () => {
  it("freezes the bytes that the DVC file names, and says which objects they were", async () => {
    const { run, manifest, files } = world();

    await run();

    const { rows, parents } = await manifest();
    assert.equal(rows, 500);
    assert.deepEqual(
      parents.map(({ uri }) => uri),
      [objectUri(files.first), objectUri(files.second)],
    );
  });

  it("lets a retraining bring its own data", async () => {
    const { run, objects, manifest } = world();
    objects.bodies.set("s3://data/raw/tiny-retraining/r1/new.csv", Buffer.from(tinyCsv(200)));

    await run("s3://data/raw/tiny-retraining/r1/");

    assert.equal((await manifest()).rows, 200);
  });

  it("stops on changed bytes: which object, which hash, how many bytes", async () => {
    const { run, objects, files, failure } = world();
    const body = Buffer.from(objects.bodies.get(objectUri(files.second)) as Uint8Array);
    body[100] = (body[100] as number) ^ 1;
    objects.bodies.set(objectUri(files.second), body);

    await run();

    assert.equal(failure().code, "DvcHashMismatch");
    assert.match(
      failure().message,
      new RegExp(
        `of 2 objects 1 have another hash and 0 are missing: calls/b/second\\.csv at s3://remote/dvc/files/.*: expected md5 ${files.second}, got [0-9a-f]{32} over ${body.length} bytes`,
      ),
    );
  });

  it("stops on missing objects and names all of them", async () => {
    const { run, objects, files, failure } = world();
    objects.bodies.delete(objectUri(files.first));
    objects.bodies.delete(objectUri(files.second));

    await run();

    assert.equal(failure().code, "DvcObjectMissing");
    assert.match(
      failure().message,
      /of 2 objects 0 have another hash and 2 are missing: calls\/a\/first\.csv.*calls\/b\/second\.csv.*run dvc push/,
    );
  });

  it("stops on a listing that is not what its hash says", async () => {
    const { run, objects, out, failure } = world();
    objects.bodies.set(`${objectUri(out.md5)}.dir`, Buffer.from("[]"));

    await run();

    assert.equal(failure().code, "DvcHashMismatch");
    assert.match(failure().message, /calls at s3:\/\/remote\/dvc\/files\/md5\/.*\.dir: expected md5/);
  });

  it("gives a single file as it is, under DVC's path", async () => {
    const body = "day,age,job,y\n";
    const objects = new FakeObjects();
    objects.bodies.set(objectUri(md5(body)), Buffer.from(body));
    const out: DvcOut = {
      path: "x.csv",
      md5: md5(body),
      isFolder: false,
      size: 1,
      nfiles: null,
      hash: "md5",
    };
    const files = await fetchDvc({
      remote: new FakeDvcRemote(objects),
      remoteUri: settings.remote,
      source: { file: "x.csv.dvc", out },
      maximumBytes: 1000,
    });

    assert.deepEqual(
      files.map((one) => [one.path, Buffer.from(one.body).toString()]),
      [["x.csv", body]],
    );
  });

  it("stops reading at what fits", async () => {
    const { objects, out } = world();
    const fetch = {
      remote: new FakeDvcRemote(objects),
      remoteUri: settings.remote,
      source: { file: "calls.dvc", out },
      maximumBytes: 2_000,
    };

    await assert.rejects(fetchDvc(fetch), { code: "BadData", message: /calls\.dvc: more than 2000 bytes/ });
  });

  it("refuses an output without CSV files", async () => {
    const out: DvcOut = { path: "a.bin", md5: md5(""), isFolder: false, size: 0, nfiles: null, hash: "md5" };
    const fetch = {
      remote: new FakeDvcRemote(new FakeObjects()),
      remoteUri: settings.remote,
      source: { file: "a.bin.dvc", out },
      maximumBytes: 1,
    };

    await assert.rejects(fetchDvc(fetch), { code: "BadData", message: /at least one \.csv .* in "a\.bin"/ });
  });
});

describe("data of DVC 2", () => {
  const objects = new FakeObjects();
  for (const [key, body] of Object.entries(DVC2_OBJECTS))
    objects.bodies.set(`s3://remote/dvc/${key}`, Buffer.from(body));
  const fetchOf = (resolved: ReturnType<typeof resolveDvc>) => {
    assert.ok("source" in resolved);
    return fetchDvc({
      remote: new FakeDvcRemote(objects),
      remoteUri: settings.remote,
      source: resolved.source,
      maximumBytes: 1000,
    });
  };
  const texts = (files: Awaited<ReturnType<typeof fetchDvc>>) =>
    files.map(({ path, body }) => [path, Buffer.from(body).toString()]);

  it("comes with its line ends, though the hash is over others", async () => {
    const files = await fetchOf(resolveDvc({ ...settings, file: "one.csv.dvc" }, DVC2_FILE));

    assert.deepEqual(texts(files), [["one.csv", DVC2_OBJECTS["4a/0e1e2c2daae5f64e59da224bf69058"]]]);
  });

  it("comes as a folder out of dvc.lock", async () => {
    const files = await fetchOf(resolveDvc({ ...settings, file: "dvc.lock", stage: "collect" }, DVC2_LOCK));

    assert.deepEqual(texts(files), [
      ["calls/a.csv", DVC2_OBJECTS["26/ff1205557989665578a968fc3ca073"]],
      ["calls/b.csv", DVC2_OBJECTS["b5/37b60535d32bea79e38f3eb662086f"]],
    ]);
  });
});

describe("a frozen dataset in the remote", () => {
  it("is not there unless the model asks for it", async () => {
    const { run, manifest, objects } = world();
    const before = [...objects.bodies.keys()].filter((uri) => uri.startsWith("s3://remote/"));

    await run();

    assert.equal((await manifest()).dvcFileUri, undefined);
    assert.deepEqual(
      [...objects.bodies.keys()].filter((uri) => uri.startsWith("s3://remote/")),
      before,
    );
  });

  it("holds every file but the holdout's labels, under a .dvc file beside the manifest", async () => {
    const { run, manifest, objects } = world({ push: true });

    await run();

    const { datasetId, dvcFileUri, splits } = await manifest();
    assert.equal(dvcFileUri, `s3://data/datasets/tiny/${datasetId}/${datasetId}.dvc`);
    const parsed = parseDvcFile(await objects.getText(dvcFileUri));
    assert.ok("outs" in parsed);
    const [out] = parsed.outs as [DvcOut];
    assert.equal(out.path, datasetId);
    const listing = objects.json<{ relpath: string; md5: string }[]>(`${objectUri(out.md5)}.dir`);
    assert.deepEqual(
      listing.map(({ relpath }) => relpath),
      [
        "holdout/features.csv",
        "train/features.csv",
        "train/features.json",
        "train/labels.csv",
        "validation/features.csv",
        "validation/features.json",
        "validation/labels.csv",
      ],
    );
    const features = listing.find(({ relpath }) => relpath === "train/features.csv");
    assert.deepEqual(
      objects.bodies.get(objectUri(features?.md5 as string)),
      objects.bodies.get(splits.train.features.uri),
    );
  });

  it("is written once: a second run changes nothing there", async () => {
    const { run, objects } = world({ push: true });
    await run();
    const remote = () => new Map([...objects.bodies].filter(([uri]) => uri.startsWith("s3://remote/")));
    const before = remote();

    await run();

    for (const [uri, body] of remote()) assert.equal(body, before.get(uri), uri);
  });
});
