import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createSagemakerWorld, type SagemakerWorld } from "../../support/sagemakerWorld.ts";

describe("transform jobs", () => {
  let world: SagemakerWorld;
  const start = (
    name: string,
    overrides: object = {},
    input: object = {},
    output: object = {},
  ): Promise<unknown> =>
    world.sm("CreateTransformJob", {
      TransformJobName: name,
      ModelName: "one",
      TransformInput: {
        DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri: "s3://data/holdout/" } },
        ContentType: "text/csv",
        SplitType: "Line",
        ...input,
      },
      TransformOutput: { S3OutputPath: "s3://out", Accept: "text/csv", AssembleWith: "Line", ...output },
      TransformResources: { InstanceType: "ml.m5.large", InstanceCount: 1 },
      ...overrides,
    });
  // biome-ignore lint/suspicious/noExplicitAny: outputs have the shape of AWS's service model
  const finish = async (name: string): Promise<any> => {
    await world.kernel.clock.advance(600_000);
    return world.sm("DescribeTransformJob", { TransformJobName: name });
  };
  const output = (): string =>
    Buffer.from(world.kernel.objects.get("s3://out/part-1.csv.out") ?? []).toString();

  before(async () => {
    world = await createSagemakerWorld();
    await world.model("one");
    world.kernel.objects.set("s3://data/holdout/part-1.csv", Buffer.from("100,1,2\n200,3,4\n"));
  });
  after(() => world.stop());

  it("writes one answer per line next to the input's name", async () => {
    await start("plain", { BatchStrategy: "MultiRecord" });
    const job = await finish("plain");

    assert.equal(job.TransformJobStatus, "Completed", job.FailureReason);
    assert.equal(output(), "103.0\n207.0\n");
  });

  it("filters inputs, joins them with outputs and filters again", async () => {
    await start("joined", {
      DataProcessing: { InputFilter: "$[1:]", JoinSource: "Input", OutputFilter: "$[0,-1]" },
    });
    const job = await finish("joined");

    assert.equal(job.TransformJobStatus, "Completed", job.FailureReason);
    assert.equal(output(), "100,3.0\n200,7.0\n");
  });

  it("fails with AWS's short reason and tells the rest in the data log", async () => {
    world.kernel.objects.set("s3://data/bad/part.csv", Buffer.from("refuse\n"));
    await start(
      "bad",
      {},
      { DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri: "s3://data/bad/" } } },
    );
    const job = await finish("bad");

    assert.deepEqual(
      [job.TransformJobStatus, job.FailureReason],
      ["Failed", "ClientError: See job logs for more information"],
    );
    assert.ok(
      world.kernel.logs.some(
        ({ stream, message }) => stream === "bad/data-log" && message.includes("bad row"),
      ),
    );
  });

  it("refuses filters that it does not understand", async () => {
    await assert.rejects(
      start("filter", { DataProcessing: { InputFilter: "$.features" } }),
      /InputFilter: the Sluice sandbox supports/,
    );
  });
});
