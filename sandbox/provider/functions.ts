/** Provider functions (`aws.getRegion()` and the like) that need no call. */
import type { AwsClients } from "./clients.ts";
import type { Properties } from "./definition.ts";

/** @throws Error that names the function, when it is not supported */
export function functionResult(token: string, { region, accountId }: AwsClients): Properties {
  switch (token) {
    case "aws:index/getCallerIdentity:getCallerIdentity":
      return { id: accountId, accountId, arn: `arn:aws:iam::${accountId}:root`, userId: accountId };
    case "aws:index/getRegion:getRegion":
      return { id: region, name: region, region };
    case "aws:index/getPartition:getPartition":
      return { id: "aws", partition: "aws", dnsSuffix: "amazonaws.com" };
    default:
      throw new Error(`function ${token} is not supported by the sandbox's provider`);
  }
}
