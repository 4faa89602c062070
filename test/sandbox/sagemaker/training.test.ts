import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createSagemakerWorld, image, type SagemakerWorld } from "../../support/sagemakerWorld.ts";
import { tarball } from "../../support/tarball.ts";

const minute = 60_000;
const role = "arn:aws:iam::000000000000:role/training";

const train = `
import argparse, json, os, sys, time, datetime
import numpy, xgboost
parser = argparse.ArgumentParser()
parser.add_argument("--rounds", type=int)
parser.add_argument("--mode", default="")
args = parser.parse_args()
print("today is", datetime.date.today())
if args.mode == "crash": raise ValueError("no such column: age")
if args.mode == "sleep": time.sleep(1000)
if args.mode == "hang":
    while True: pass
rows = numpy.loadtxt(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "rows.csv"), delimiter=",")
matrix = xgboost.DMatrix(rows[:, 1:], label=rows[:, 0])
model = xgboost.train({"objective": "binary:logistic"}, matrix, args.rounds)
model.save_model(os.path.join(os.environ["SM_MODEL_DIR"], "xgboost-model"))
json.dump({"rounds": json.loads(os.environ["SM_HPS"])["rounds"]}, open(os.path.join(os.environ["SM_OUTPUT_DATA_DIR"], "report.json"), "w"))
print("validation:auc=0.91;")
`;

describe("training jobs", () => {
  let world: SagemakerWorld;
  const start = async (name: string, mode = "", maxRuntime = 3600): Promise<void> => {
    await world.sm("CreateTrainingJob", {
      TrainingJobName: name,
      RoleArn: role,
      AlgorithmSpecification: {
        TrainingImage: image,
        TrainingInputMode: "File",
        MetricDefinitions: [{ Name: "validation:auc", Regex: "auc=([0-9.]+);" }],
      },
      HyperParameters: {
        rounds: "5",
        ...(mode ? { mode: JSON.stringify(mode) } : {}),
        sagemaker_program: '"train.py"',
        sagemaker_submit_directory: '"s3://artifacts/source.tar.gz"',
      },
      InputDataConfig: [
        {
          ChannelName: "train",
          DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri: "s3://data/train/" } },
        },
      ],
      OutputDataConfig: { S3OutputPath: "s3://artifacts/jobs" },
      ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 10 },
      StoppingCondition: { MaxRuntimeInSeconds: maxRuntime },
    });
  };
  // biome-ignore lint/suspicious/noExplicitAny: outputs have the shape of AWS's service model
  const job = (name: string): Promise<any> => world.sm("DescribeTrainingJob", { TrainingJobName: name });

  before(async () => {
    world = await createSagemakerWorld({ watchdogs: { jobMs: 1_000 } });
    world.kernel.objects.set("s3://artifacts/source.tar.gz", await tarball({ "train.py": train }));
    const rows = Array.from({ length: 40 }, (_, i) => `${i % 2},${i},${(i * 7) % 5}`).join("\n");
    world.kernel.objects.set("s3://data/train/rows.csv", Buffer.from(rows));
  });
  after(() => world.stop());

  it("runs an ordinary script-mode train.py and uploads what it wrote", async () => {
    await start("good");
    await world.kernel.clock.advance(10 * minute);

    const done = await job("good");
    assert.equal(done.TrainingJobStatus, "Completed", done.FailureReason);
    assert.equal(done.ModelArtifacts.S3ModelArtifacts, "s3://artifacts/jobs/good/output/model.tar.gz");
    assert.ok(world.kernel.objects.has("s3://artifacts/jobs/good/output/output.tar.gz"));
    assert.deepEqual(
      done.FinalMetricDataList.map((m: { Value: number }) => m.Value),
      [0.91],
    );
    const stages = done.SecondaryStatusTransitions.map((t: { Status: string }) => t.Status);
    assert.deepEqual(stages, ["Starting", "Downloading", "Training", "Uploading", "Completed"]);
    assert.ok(
      world.kernel.logs.some(({ message }) => message === "today is 2026-01-05"),
      "the script sees virtual time",
    );
  });

  it("reports the script's error as FailureReason", async () => {
    await start("crashing", "crash");
    await world.kernel.clock.advance(10 * minute);

    const done = await job("crashing");
    assert.equal(done.TrainingJobStatus, "Failed");
    assert.match(done.FailureReason, /^AlgorithmError: ExecuteUserScriptError:\nExitCode 1\n/);
    assert.match(done.FailureReason, /no such column: age/);
  });

  it("counts a sleep as virtual time and ends the job at its time limit", async () => {
    await start("sleepy", "sleep");
    await start("too-sleepy", "sleep", 600);
    await world.kernel.clock.advance(30 * minute);

    const slow = await job("sleepy");
    const late = await job("too-sleepy");
    assert.equal(slow.TrainingJobStatus, "Completed", slow.FailureReason);
    assert.ok(
      slow.TrainingTimeInSeconds >= 1000 && slow.TrainingTimeInSeconds < 1100,
      String(slow.TrainingTimeInSeconds),
    );
    assert.deepEqual([late.TrainingJobStatus, late.SecondaryStatus], ["Stopped", "MaxRuntimeExceeded"]);
  });

  it("ends a script that never ends by the watchdog, at the job's virtual deadline", async () => {
    await start("hanging", "hang", 900);
    await world.kernel.clock.advance(30 * minute);

    const done = await job("hanging");
    assert.deepEqual([done.TrainingJobStatus, done.SecondaryStatus], ["Stopped", "MaxRuntimeExceeded"]);
    const ran =
      done.SecondaryStatusTransitions.find((t: { Status: string }) => t.Status === "Stopping").StartTime -
      done.TrainingStartTime;
    assert.equal(ran, 900_000);
  });

  it("stops a job before its process has run, and refuses to stop it twice", async () => {
    await start("stopped");
    await world.kernel.clock.advance(minute);
    await world.sm("StopTrainingJob", { TrainingJobName: "stopped" });
    await world.kernel.clock.advance(minute);

    assert.equal((await job("stopped")).TrainingJobStatus, "Stopped");
    await assert.rejects(world.sm("StopTrainingJob", { TrainingJobName: "stopped" }), /in status Stopped/);
  });

  it("fails with AWS's words when the job's role may not read its channel", async () => {
    world.kernel.denied.add("s3://data/");
    await start("denied");
    await world.kernel.clock.advance(5 * minute);
    world.kernel.denied.clear();

    assert.match((await job("denied")).FailureReason, /^ClientError: Data download failed:.*not authorized/);
  });

  it("refuses a name that was used before", async () => {
    await assert.rejects(start("good"), { name: "ResourceInUse" });
  });
});
