import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dvcAccess } from "../../../infra/delivery/dvcAccess.ts";

const context = {
  prefix: "sluice",
  accountId: "000000000000",
  region: "eu-west-1",
  partition: "aws",
  isProtected: true,
  logRetentionDays: 90,
};
const foundation = { dataBucket: "sluice-data", artifactBucket: "sluice-artifacts" };
const access = (...remotes: { remote: string; push: boolean }[]) =>
  dvcAccess(
    context,
    foundation,
    remotes.map((remote) => ({ file: "a.dvc", ...remote })),
  );

describe("access to DVC remotes", () => {
  it("is none without DVC", () => assert.deepEqual(access(), []));

  it("reads the keys of DVC 2 and 3 below the prefix, and writes nothing unless asked", () =>
    assert.deepEqual(access({ remote: "s3://bucket/a/b", push: false }), [
      {
        actions: ["s3:GetObject"],
        resources: ["arn:aws:s3:::bucket/a/b/files/md5/*", "arn:aws:s3:::bucket/a/b/??/*"],
      },
    ]));

  it("writes only the keys of DVC 3, of the remote that is asked for", () =>
    assert.deepEqual(access({ remote: "s3://one", push: true }, { remote: "s3://two/x", push: false })[1], {
      actions: ["s3:PutObject", "s3:AbortMultipartUpload"],
      resources: ["arn:aws:s3:::one/files/md5/*"],
    }));

  it("names a remote that two models share once", () =>
    assert.equal(
      access({ remote: "s3://one", push: false }, { remote: "s3://one", push: false })[0]?.resources.length,
      2,
    ));

  for (const remote of ["s3://sluice-data/datasets/tiny", "s3://sluice-artifacts/training"])
    it(`refuses ${remote}, where training reads`, () =>
      assert.throws(
        () => access({ remote, push: false }),
        /data\.dvc\.remote: expected a prefix that training cannot read, got "s3:\/\/sluice-/,
      ));
});
