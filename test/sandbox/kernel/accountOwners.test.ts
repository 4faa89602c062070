import assert from "node:assert/strict";
import { test } from "node:test";
import { Accounts, accountOf } from "../../../sandbox/kernel/accounts.ts";

const own = { accountId: "000000000000" };
const other = { accountId: "222222222222" };
const accounts = new Accounts<typeof own>();
accounts.add(own);
accounts.add(other);
const table = (accountId: string) => `arn:aws:dynamodb:eu-west-1:${accountId}:table/t`;

test("an ARN tells its account, where it has one", () => {
  assert.equal(accountOf(table("222222222222")), "222222222222");
  for (const none of ["arn:aws:s3:::bucket/key", "*", "name"]) assert.equal(accountOf(none), undefined, none);
});

test("a call belongs to the account that owns what it names; what names no account of the sandbox, to nobody", () => {
  assert.equal(accounts.ownerOf([table(other.accountId), "*", table(other.accountId)]), other);
  assert.equal(accounts.ownerOf([table(own.accountId), "arn:aws:s3:::bucket"]), own);
  assert.equal(accounts.ownerOf([table("999999999999"), "*"]), undefined);
});

test("a call about two accounts is refused by name, and so is an account that is there already", () => {
  assert.throws(
    () => accounts.ownerOf([table(own.accountId), table(other.accountId)]),
    /does not support one call about several accounts/,
  );
  assert.throws(() => accounts.add(other), /account 222222222222: expected an account that is not in this/);
});
