import type { FoundationOutputs } from "../../contracts/stackOutputs.ts";
import type { Statement } from "./iam.ts";

/** The records table: reads and conditional writes, no deletes. */
export function recordsAccess(foundation: Pick<FoundationOutputs, "recordsTableArn">): Statement[] {
  return [
    {
      actions: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
      resources: [foundation.recordsTableArn],
    },
  ];
}
