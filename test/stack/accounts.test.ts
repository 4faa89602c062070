import assert from "node:assert/strict";
import { test } from "node:test";
import { requireAccount, requireAdmitted, requireRegion } from "../../stacks/references.ts";

const SHARED = "000000000000";
const OTHER = "222222222222";

test("delivery in another account than the foundation's is refused by name", () => {
  const arn = `arn:aws:kms:eu-west-1:${SHARED}:key/k`;

  assert.doesNotThrow(() => requireAccount("foundation", arn, SHARED));
  assert.throws(
    () => requireAccount("foundation", arn, "111111111111"),
    /^Error: sluice:account: expected "000000000000", the account of stack foundation, got "111111111111"; delivery lives/,
  );
});

test("an environment lives where the foundation lets it in, and is refused by name elsewhere", () => {
  const foundation = { accountId: SHARED, environmentAccounts: { prod: OTHER } };
  const check = (environment: "staging" | "prod", account: string) => () =>
    requireAdmitted("foundation", foundation, environment, account);

  assert.doesNotThrow(check("staging", SHARED));
  assert.doesNotThrow(check("prod", OTHER));
  assert.throws(
    check("staging", OTHER),
    /^Error: sluice:account: expected "000000000000", the account of stack foundation, whose sluice:environmentAccounts does not name staging, got "222222222222"; correct either, and bring foundation up first/,
  );
  assert.throws(
    check("prod", SHARED),
    /^Error: sluice:account: expected "222222222222", as sluice:environmentAccounts.prod of stack foundation says, got "000000000000"/,
  );
});

test("an environment in another region than the foundation's is refused by name", () => {
  const arn = `arn:aws:dynamodb:eu-west-1:${SHARED}:table/sluice-records`;

  assert.doesNotThrow(() => requireRegion("foundation", arn, "eu-west-1"));
  assert.throws(
    () => requireRegion("foundation", arn, "us-east-1"),
    /^Error: aws:region: expected "eu-west-1", the region of stack foundation, got "us-east-1"/,
  );
});

test("outputs of a foundation that does not say which accounts it admits ask for it to be brought up again", () => {
  assert.throws(() => requireAdmitted("foundation", {}, "prod", SHARED), /bring that stack up again first/);
});
