import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { parse } from "yaml";
import { createSagemakerWorld, image, roleArn, type SagemakerWorld } from "../../support/sagemakerWorld.ts";
import { tarball } from "../../support/tarball.ts";

const root = join(import.meta.dirname, "../../..");
const folder = join(root, "models/bank-marketing");
const hour = 3_600_000;

interface Feature {
  readonly name: string;
  readonly type: string;
}

/** The project's own model code as it is, and the placeholder model in algorithm mode. */
describe("the sample's containers", () => {
  let world: SagemakerWorld;
  const put = (uri: string, body: string | Uint8Array): unknown =>
    world.kernel.objects.set(uri, Buffer.from(body));
  const serve = async (name: string, url: string, environment: Record<string, string>): Promise<void> => {
    await world.sm("CreateModel", {
      ModelName: name,
      ExecutionRoleArn: roleArn,
      PrimaryContainer: { Image: image, ModelDataUrl: url, Environment: environment },
    });
    await world.sm("CreateEndpointConfig", {
      EndpointConfigName: name,
      ProductionVariants: [
        { VariantName: "primary", ModelName: name, InstanceType: "ml.m5.large", InitialInstanceCount: 1 },
      ],
    });
    await world.endpoint(name, name);
    const { EndpointStatus, FailureReason } = await world.sm("DescribeEndpoint", { EndpointName: name });
    assert.equal(EndpointStatus, "InService", FailureReason);
  };

  before(async () => {
    world = await createSagemakerWorld();
    const code = readdirSync(folder).filter((name) => /\.(py|txt)$/.test(name));
    const files = Object.fromEntries(code.map((name) => [name, readFileSync(join(folder, name))]));
    put("s3://code/sourcedir.tar.gz", await tarball(files));
    const { features } = parse(readFileSync(join(folder, "model.yaml"), "utf8")) as { features: Feature[] };
    const [header = "", ...lines] = gunzipSync(readFileSync(join(folder, "data/bank-marketing.csv.gz")))
      .toString()
      .trim()
      .split("\n")
      .slice(0, 3001);
    const columns = header.split(",");
    const rows = lines.map((line) => line.split(","));
    for (const [channel, part] of [
      ["train", rows.slice(0, 2500)],
      ["validation", rows.slice(2500)],
    ] as const) {
      const names = features.map(({ name }) => name);
      const body = part.map((row) => names.map((name) => row[columns.indexOf(name)]).join(","));
      put(`s3://data/${channel}/features.csv`, `${[names.join(","), ...body].join("\n")}\n`);
      put(
        `s3://data/${channel}/labels.csv`,
        `${part.map((row) => (row.at(-1) === "yes" ? 1 : 0)).join("\n")}\n`,
      );
      put(
        `s3://data/${channel}/features.json`,
        JSON.stringify(features.map(({ name, type }) => ({ name, type }))),
      );
    }
  });
  after(() => world.stop());

  it("trains and serves bank-marketing unchanged, the same bytes from the same input", async () => {
    for (const name of ["first", "second"]) {
      await world.sm("CreateTrainingJob", {
        TrainingJobName: name,
        RoleArn: roleArn,
        AlgorithmSpecification: {
          TrainingImage: image,
          TrainingInputMode: "File",
          MetricDefinitions: [{ Name: "validation:auc", Regex: "validation-auc:([0-9.]+)" }],
        },
        HyperParameters: {
          num_round: "20",
          sagemaker_program: "train.py",
          sagemaker_submit_directory: "s3://code/sourcedir.tar.gz",
        },
        InputDataConfig: ["train", "validation"].map((ChannelName) => ({
          ChannelName,
          DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri: `s3://data/${ChannelName}/` } },
        })),
        OutputDataConfig: { S3OutputPath: "s3://out" },
        ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 5 },
        StoppingCondition: { MaxRuntimeInSeconds: 1800 },
      });
    }
    await world.kernel.clock.advance(hour);
    const job = await world.sm("DescribeTrainingJob", { TrainingJobName: "first" });
    assert.equal(job.TrainingJobStatus, "Completed", job.FailureReason);
    assert.ok(job.FinalMetricDataList[0].Value > 0.4);
    const artifact = (name: string): Uint8Array | undefined =>
      world.kernel.objects.get(`s3://out/${name}/output/model.tar.gz`);
    assert.deepEqual(artifact("first"), artifact("second"));

    await serve("bank", "s3://out/first/output/model.tar.gz", {
      SAGEMAKER_PROGRAM: "inference.py",
      SAGEMAKER_SUBMIT_DIRECTORY: "/opt/ml/model/code",
    });
    const bodies = readFileSync(join(folder, "golden.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { body: string }).body);
    const answer = await world.invoke({ EndpointName: "bank", Body: Buffer.from(`${bodies.join("\n")}\n`) });
    const scores = Buffer.from(answer.Body).toString().trim().split("\n").map(Number);
    assert.equal(scores.length, bodies.length);
    assert.ok(scores.every((score) => score > 0 && score < 1));
  });

  it("serves the bootstrap model in algorithm mode with the image's status codes", async () => {
    put(
      "s3://boot/model.tar.gz",
      await tarball({ "xgboost-model": readFileSync(join(root, "infra/serving/bootstrap/xgboost-model")) }),
    );
    await serve("boot", "s3://boot/model.tar.gz", {});
    const status = async (input: object): Promise<unknown> => {
      const refused = await world.invoke({ EndpointName: "boot", ...input }).then(
        () => undefined,
        (error: { fields: { OriginalStatusCode: number } }) => error.fields.OriginalStatusCode,
      );
      return refused ?? 200;
    };

    assert.equal(await status({ Body: Buffer.from("1,2,3"), ContentType: "text/libsvm" }), 415);
    assert.equal(await status({ Body: Buffer.from("x,y"), ContentType: "text/csv" }), 400);
    assert.equal(await status({ Body: Buffer.from("1"), ContentType: "text/csv", Accept: "image/png" }), 406);
  });
});
