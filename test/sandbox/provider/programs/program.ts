/** A small stack whose shape follows its settings, for the tests of the host. */
import * as cloudwatch from "@pulumi/aws/cloudwatch/index.js";
import * as ec2 from "@pulumi/aws/ec2/index.js";
import * as iam from "@pulumi/aws/iam/index.js";
import * as pulumi from "@pulumi/pulumi";

class Pair extends pulumi.ComponentResource {
  constructor(name: string, args: { session: number; path?: string }) {
    super("test:index:Pair", name, {});
    const role = new iam.Role(
      `${name}-role`,
      {
        assumeRolePolicy: trust,
        maxSessionDuration: args.session,
        ...(args.path ? { path: args.path } : {}),
      },
      { parent: this },
    );
    new iam.RolePolicy(
      `${name}-policy`,
      { role: role.name, policy: JSON.stringify({ Version: "2012-10-17", Statement: [allow] }) },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
});
const allow = { Effect: "Allow", Action: "s3:GetObject", Resource: "*" };

export async function program(): Promise<Record<string, unknown>> {
  const config = new pulumi.Config("test");
  const scene = config.getObject<string[]>("scene") ?? [];
  const on = (name: string) => scene.includes(name);
  if (on("reference")) {
    const other = new pulumi.StackReference("organization/probe/first");
    return { seen: (await other.getOutputDetails("group")).value };
  }
  const group = new cloudwatch.LogGroup(
    "group",
    { name: "/probe", retentionInDays: on("longer") ? 30 : 7 },
    {
      protect: on("protected"),
      retainOnDelete: on("kept"),
      ignoreChanges: on("ignoring") ? ["retentionInDays"] : [],
    },
  );
  new Pair("pair", { session: on("update") ? 7200 : 3600, ...(on("replace") ? { path: "/moved/" } : {}) });
  if (on("more")) new cloudwatch.EventBus("bus", { name: "probe" });
  if (on("broken")) {
    new iam.RolePolicy("lost", {
      role: "nobody",
      name: "own",
      policy: JSON.stringify({ Version: "2012-10-17", Statement: [allow] }),
    });
    new cloudwatch.EventBus("independent", { name: "independent" });
  }
  if (on("unsupported")) new ec2.Vpc("vpc", { cidrBlock: "10.0.0.0/16" });
  if (on("throws")) throw new Error("the program itself failed");
  return { group: group.name, arn: group.arn };
}
