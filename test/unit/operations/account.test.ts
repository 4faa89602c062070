import assert from "node:assert/strict";
import { test } from "node:test";
import { recordsTable } from "../../../cli/operations/account.ts";

const CALLER = "arn:aws-cn:sts::222222222222:assumed-role/on-call/me";

test("records are found by name in the caller's account, and by ARN in the foundation's", () => {
  assert.equal(recordsTable({ prefix: "sluice" }, CALLER, "cn-north-1"), "sluice-records");
  assert.equal(
    recordsTable({ prefix: "sluice", foundationAccount: "000000000000" }, CALLER, "cn-north-1"),
    "arn:aws-cn:dynamodb:cn-north-1:000000000000:table/sluice-records",
  );
});

test("an account that is none is refused by name", () => {
  assert.throws(
    () => recordsTable({ prefix: "sluice", foundationAccount: "foundation" }, CALLER, "eu-west-1"),
    /^Error: --foundation-account: expected the twelve digits of the foundation's account, got "foundation"/,
  );
});
