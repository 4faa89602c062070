import type { Statement } from "./iam.ts";

/** The records table: reads and conditional writes, no deletes. From another account its key, too, which is that of artifacts and data. */
export function recordsAccess({
  recordsTableArn,
  sharedKeyArn,
}: {
  readonly recordsTableArn: string;
  readonly sharedKeyArn?: string;
}): Statement[] {
  return [
    { actions: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"], resources: [recordsTableArn] },
    ...sharedKeyAccess(sharedKeyArn),
  ];
}

/** Reading under a key of another account, where there is one. */
export function sharedKeyAccess(keyArn: string | undefined): Statement[] {
  return keyArn === undefined ? [] : [{ actions: ["kms:Decrypt", "kms:DescribeKey"], resources: [keyArn] }];
}
