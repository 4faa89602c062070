import assert from "node:assert/strict";
import { test } from "node:test";
import { requireAccount } from "../../stacks/references.ts";

test("a stack in another account than the one it reads is refused by name", () => {
  const arn = "arn:aws:kms:eu-west-1:000000000000:key/k";

  assert.doesNotThrow(() => requireAccount("foundation", arn, "000000000000"));
  assert.throws(
    () => requireAccount("foundation", arn, "111111111111"),
    /^Error: sluice:account: expected "000000000000", the account of stack foundation, got "111111111111"/,
  );
});
