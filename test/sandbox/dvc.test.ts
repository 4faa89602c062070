/** The real `dvc` and ours share one remote: what it pushes we read under the deployed permissions, what we push it pulls. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { AthenaClient } from "@aws-sdk/client-athena";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import type { DatasetManifest } from "../../contracts/dataset.ts";
import type { DvcSettings, DvcSource } from "../../contracts/dvc.ts";
import { keys, type ReleaseRecord } from "../../contracts/records.ts";
import { remoteKey } from "../../core/dataset/dvc/layout.ts";
import { md5 } from "../../core/dataset/dvc/md5.ts";
import { resolveDvc } from "../../core/dataset/dvc/parse.ts";
import { renderDvcFile } from "../../core/dataset/dvc/render.ts";
import { dvcAccess } from "../../infra/delivery/dvcAccess.ts";
import { s3DvcRemote } from "../../lambdas/prepareDataset/dvcRemote.ts";
import { fetchDvc } from "../../lambdas/prepareDataset/dvcSource.ts";
import { createHandler } from "../../lambdas/prepareDataset/handler.ts";
import { athenaRunner } from "../../lambdas/shared/athena.ts";
import { s3LargeObjects } from "../../lambdas/shared/largeObjects.ts";
import { s3Objects } from "../../lambdas/shared/objects.ts";
import { createDvcProject, type DvcProject } from "../support/dvc.ts";
import { DVC2_LOCK, DVC2_OBJECTS } from "../support/dvc2.ts";
import { ATHENA_SETTINGS, FakeJobResults, FakeRecords, silentLog } from "../support/fakes.ts";
import { jobEvent } from "../support/jobs.ts";
import { TINY_SUITE, tinyBuild, tinyCsv } from "../support/sample.ts";
import { startTestSandbox, type TestSandbox } from "../support/sandbox.ts";

const REMOTE = "s3://remote/dvc";
const settings: DvcSettings = { file: "calls.dvc", remote: REMOTE, push: true };
const CONTEXT = {
  prefix: "sluice",
  accountId: "000000000000",
  region: "eu-west-1",
  partition: "aws",
  isProtected: true,
  logRetentionDays: 90,
};
const FOUNDATION = { dataBucket: "data", artifactBucket: "artifacts" };

let sandbox: TestSandbox;
let project: DvcProject;
let admin: S3Client;
/** The Data stage's role with the statements that the delivery stack gives it for this remote, and nothing else. */
let stage: S3Client;

const clientOf = (roleArn?: string) => new S3Client({ ...sandbox.client(roleArn), forcePathStyle: true });
const write = (path: string, body: string): void => {
  mkdirSync(dirname(join(project.folder, path)), { recursive: true });
  writeFileSync(join(project.folder, path), body);
};
const read = (path: string): string => readFileSync(join(project.folder, path), "utf8");
const put = (Bucket: string, Key: string, Body: Uint8Array | string) =>
  admin.send(new PutObjectCommand({ Bucket, Key, Body }));
const get = async (Key: string): Promise<string> =>
  (await (await admin.send(new GetObjectCommand({ Bucket: "remote", Key }))).Body?.transformToString()) ?? "";
/** Every version of every object in the remote. */
const versions = async (): Promise<string[]> => {
  const { Versions = [] } = await admin.send(new ListObjectVersionsCommand({ Bucket: "remote" }));
  return Versions.map(({ Key, VersionId }) => `${Key} ${VersionId}`).sort();
};
/** Takes away what `dvc` has here, so that a pull must come from the remote. */
const forget = (...paths: string[]): void => {
  for (const path of [".dvc/cache", ".site", ...paths])
    rmSync(join(project.folder, path), { recursive: true, force: true });
};

function sourceOf(change: Partial<DvcSettings>, text: string): DvcSource {
  const resolved = resolveDvc({ ...settings, ...change }, text);
  assert.ok("source" in resolved, JSON.stringify(resolved));
  return resolved.source;
}
async function fetched(source: DvcSource): Promise<Record<string, string>> {
  const remote = s3DvcRemote(stage);
  const files = await fetchDvc({ remote, remoteUri: REMOTE, source, maximumBytes: 10_000_000 });
  return Object.fromEntries(files.map(({ path, body }) => [path, Buffer.from(body).toString()]));
}

before(async () => {
  sandbox = await startTestSandbox({ ministack: true });
  admin = clientOf();
  for (const Bucket of ["remote", "data", "artifacts"]) await admin.send(new CreateBucketCommand({ Bucket }));
  await admin.send(
    new PutBucketVersioningCommand({ Bucket: "remote", VersioningConfiguration: { Status: "Enabled" } }),
  );
  const statements = dvcAccess(CONTEXT, FOUNDATION, [settings]).map(({ actions, resources }) => ({
    Effect: "Allow",
    Action: actions,
    Resource: resources,
  }));
  stage = clientOf(await sandbox.role("prepare-dataset", ["lambda.amazonaws.com"], statements));
  project = await createDvcProject(REMOTE, sandbox.url);
});
after(async () => {
  project?.remove();
  await sandbox?.stop();
});

describe("what the real dvc pushes", () => {
  const files = { "calls/a.csv": "day\r\n1\r\n", "calls/ü/b.csv": "day\n2\n", "calls/notes.txt": "no data" };
  before(async () => {
    write("one.csv", "day,age\r\n2026-01-01,30\r\n");
    for (const [path, body] of Object.entries(files)) write(path, body);
    await project.dvc("add", "--quiet", "one.csv", "calls");
    await project.dvc("push", "--quiet");
  });

  it("comes back byte for byte: a file", async () => {
    const source = sourceOf({}, read("one.csv.dvc"));

    assert.deepEqual(await fetched(source), { "one.csv": read("one.csv") });
  });

  it("comes back byte for byte: the CSV files of a folder", async () => {
    const source = sourceOf({}, read("calls.dvc"));

    assert.deepEqual(await fetched(source), {
      "calls/a.csv": files["calls/a.csv"],
      "calls/ü/b.csv": files["calls/ü/b.csv"],
    });
  });

  it("is described in the same bytes by our .dvc file", () => {
    for (const name of ["one.csv.dvc", "calls.dvc"]) {
      const { out } = sourceOf({}, read(name));
      assert.equal(renderDvcFile([{ ...out, hash: "md5" }]), read(name));
    }
  });

  it("comes back out of dvc.lock", async () => {
    write(
      "dvc.yaml",
      "stages:\n  make:\n    cmd: cp one.csv made.csv\n    deps: [one.csv]\n    outs: [made.csv]\n",
    );
    await project.dvc("repro", "--quiet");
    await project.dvc("push", "--quiet");

    const source = sourceOf({ file: "dvc.lock", stage: "make" }, read("dvc.lock"));

    assert.deepEqual(await fetched(source), { "made.csv": read("one.csv") });
  });

  it("is refused when one byte of it changes in the remote", async () => {
    const source = sourceOf({}, read("one.csv.dvc"));
    const key = `dvc/${remoteKey(source.out)}`;
    const body = await get(key);
    await put("remote", key, body.replace("30", "31"));

    await assert.rejects(fetched(source), {
      code: "DvcHashMismatch",
      message: /expected md5 .*, got .* over 24 bytes/,
    });
    await put("remote", key, body);
  });

  it("is refused when an object is not there, though S3 does not say so to this role", async () => {
    const source = sourceOf({}, read("one.csv.dvc"));
    const absent = { ...source, out: { ...source.out, md5: md5("never pushed") } };

    await assert.rejects(fetched(absent), {
      code: "DvcObjectMissing",
      message: /no such object, or no permission/,
    });
  });

  it("is all that the role reaches in the bucket", async () => {
    await put("remote", "other/files/md5/aa/b", "x");

    await assert.rejects(
      stage.send(new GetObjectCommand({ Bucket: "remote", Key: "other/files/md5/aa/b" })),
      {
        name: "AccessDenied",
      },
    );
    await assert.rejects(stage.send(new PutObjectCommand({ Bucket: "remote", Key: "dvc/aa/b", Body: "x" })), {
      name: "AccessDenied",
    });
  });
});

describe("what dvc 2 pushed", () => {
  before(async () => {
    for (const [key, body] of Object.entries(DVC2_OBJECTS)) await put("remote", `dvc/${key}`, body);
  });

  it("comes with its line ends", async () => {
    const source = sourceOf({ file: "dvc.lock", stage: "collect" }, DVC2_LOCK);

    assert.equal((await fetched(source))["calls/a.csv"], DVC2_OBJECTS["26/ff1205557989665578a968fc3ca073"]);
  });
});

describe("what the Data stage writes", () => {
  it("is restored by the real dvc pull, and run twice it is the same", async () => {
    write("raw.csv", tinyCsv());
    await project.dvc("add", "--quiet", "raw.csv");
    await project.dvc("push", "--quiet", "raw.csv.dvc");
    const source = sourceOf({ file: "raw.csv.dvc" }, read("raw.csv.dvc"));
    await put("artifacts", "p/build.zip", tinyBuild(TINY_SUITE, { settings, source }));

    const first = await prepare();
    const written = await versions();
    const { datasetId, dvcFileUri, splits } = await prepare();

    assert.equal(datasetId, first.datasetId);
    assert.deepEqual(await versions(), written);
    write(`${datasetId}.dvc`, await s3Objects(admin).getText(dvcFileUri as string));
    forget("raw.csv");
    await project.dvc("pull", "--quiet", `${datasetId}.dvc`, "raw.csv.dvc");
    assert.equal(read("raw.csv"), tinyCsv());
    for (const [path, { uri }] of [
      ["train/features.csv", splits.train.features],
      ["train/labels.csv", splits.train.labels],
      ["validation/labels.csv", splits.validation.labels],
      ["holdout/features.csv", splits.holdout.features],
    ] as const)
      assert.equal(read(`${datasetId}/${path}`), await s3Objects(admin).getText(uri), path);
    assert.match(await project.dvc("status", `${datasetId}.dvc`), /up to date/);
  });

  it("over Athena it is the same dataset, from the same remote and in it", async () => {
    write("raw.csv", tinyCsv());
    const small = await prepare();
    const text = await s3Objects(admin).getText(small.dvcFileUri as string);
    const list = (prefix: string) => s3Objects(admin).list(prefix);
    const before = (await list(REMOTE)).map(({ uri }) => uri);
    const raw = remoteKey({ md5: md5(tinyCsv()), hash: "md5", isFolder: false });
    for (const { uri } of await list(REMOTE))
      if (!uri.endsWith(raw))
        await admin.send(
          new DeleteObjectCommand({ Bucket: "remote", Key: uri.slice("s3://remote/".length) }),
        );
    const gone = [
      ...(await s3Objects(admin).list("s3://data/datasets/")),
      ...(await s3Objects(admin).list("s3://data/judge/")),
    ];
    for (const { uri } of gone)
      await admin.send(new DeleteObjectCommand({ Bucket: "data", Key: uri.slice("s3://data/".length) }));
    await sandbox.kernel.callAsSandbox("glue", "CreateDatabase", { DatabaseInput: { Name: "database" } });

    const large = await prepare(1000);

    assert.equal(large.datasetId, small.datasetId);
    assert.deepEqual(large.parents, small.parents);
    assert.equal(await s3Objects(admin).getText(large.dvcFileUri as string), text);
    const after = (await list(REMOTE)).map(({ uri }) => uri);
    assert.ok(after.length > 5 && after.every((uri) => before.includes(uri)));
    write(`${large.datasetId}.dvc`, text);
    forget(large.datasetId);
    await project.dvc("pull", "--quiet", `${large.datasetId}.dvc`);
    assert.equal(
      read(`${large.datasetId}/train/features.csv`),
      await s3Objects(admin).getText(large.splits.train.features.uri),
    );
    assert.match(await project.dvc("status", `${large.datasetId}.dvc`), /up to date/);
  });
});

/** Runs the Data stage over the sandbox's S3; its access to the remote is the deployed one. */
async function prepare(athenaAbove = Number(ATHENA_SETTINGS.ATHENA_ABOVE_BYTES)): Promise<DatasetManifest> {
  const results = new FakeJobResults();
  const records = new FakeRecords();
  const objects = s3Objects(admin);
  const athena = new AthenaClient(sandbox.client());
  const handler = createHandler({
    environment: {
      RECORDS_TABLE: "t",
      POWERTOOLS_SERVICE_NAME: "p",
      ARTIFACT_BUCKET: "artifacts",
      DATA_BUCKET: "data",
      ...ATHENA_SETTINGS,
      ATHENA_ABOVE_BYTES: String(athenaAbove),
    },
    records,
    objects,
    dvcRemote: s3DvcRemote(stage),
    largeObjects: s3LargeObjects(admin),
    athena: (key) =>
      athenaRunner({
        workGroup: "primary",
        key,
        outputLocation: "s3://data/athena/",
        client: athena,
        sleep: () => wait(20),
      }),
    results,
    log: silentLog,
    now: () => new Date("2026-02-01T00:00:00Z"),
  });
  await handler(jobEvent({ dataUri: "standing" }));
  for (let last = results.outcomes.at(-1); ; last = results.outcomes.at(-1)) {
    if (!last || !("outcome" in last) || last.outcome.done) break;
    await handler(jobEvent({ dataUri: "standing" }, last.outcome.continuationToken));
  }
  const release = await records.load<ReleaseRecord>(keys.release("tiny", "rel-1"));
  assert.ok(release?.manifestUri, JSON.stringify(results.outcomes));
  return JSON.parse(await objects.getText(release.manifestUri)) as DatasetManifest;
}
