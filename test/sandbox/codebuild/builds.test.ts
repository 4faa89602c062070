import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { strFromU8, unzipSync } from "fflate";
import { BUILDSPEC } from "../../../infra/delivery/buildspec.ts";
import { parseBuildspec } from "../../../sandbox/services/codebuild/buildspec.ts";
import { parseJunit } from "../../../sandbox/services/codebuild/reports.ts";
import { createDeliveryWorld, type DeliveryWorld, zipOf } from "../../support/deliveryWorld.ts";

const hour = 3_600_000;

describe("builds", () => {
  let world: DeliveryWorld;
  // biome-ignore lint/suspicious/noExplicitAny: outputs have the shape of AWS's service model
  const run = async (projectName: string, more: object = {}): Promise<any> => {
    const { build } = await world.build("StartBuild", { projectName, ...more });
    await world.kernel.clock.advance(hour);
    return (await world.build("BatchGetBuilds", { ids: [build.id] })).builds[0];
  };
  const logged = (line: string): boolean => world.kernel.logs.some(({ message }) => message === line);

  before(async () => {
    world = await createDeliveryWorld({ watchdogMs: 5_000 });
  });
  after(() => world.kernel.stop());

  it("keeps variables, functions and the folder from command to command and phase to phase", async () => {
    await world.project(
      "shell",
      `version: 0.2
env: { shell: bash, variables: { GREETING: hello }, exported-variables: [ANSWER] }
phases:
  install:
    commands:
      - plain="two words"
      - say() { echo "said $1"; }
      - mkdir -p deep && cd deep
  build:
    commands:
      - say "$GREETING $plain in $(basename "$PWD")"
      - export ANSWER="$AWS_ACCESS_KEY_ID/$CODEBUILD_BUILD_SUCCEEDING"
      - python3 -c 'import xgboost; print("xgboost", xgboost.__version__)'
`,
    );

    const build = await run("shell");

    assert.equal(build.buildStatus, "SUCCEEDED", JSON.stringify(build.phases));
    assert.ok(logged("said hello two words in deep"));
    assert.ok(logged("xgboost 3.2.0"), "python is the sandbox's");
    assert.deepEqual(build.exportedEnvironmentVariables, [{ name: "ANSWER", value: "key-build/1" }]);
    assert.equal(build.phases.at(-1).phaseType, "COMPLETED");
  });

  it("fails with AWS's words, runs finally and post_build after a failed build, and no artifacts", async () => {
    await world.project(
      "failing",
      `version: 0.2
phases:
  build:
    commands: ["echo before", "false; exit 7", "echo never"]
    finally: ["echo finally"]
  post_build:
    commands: ["echo succeeding=$CODEBUILD_BUILD_SUCCEEDING"]
artifacts: { files: [x] }
`,
      { artifacts: { type: "S3", location: "out", packaging: "ZIP", name: "a.zip" } },
    );

    const build = await run("failing");

    assert.equal(build.buildStatus, "FAILED");
    const failed = build.phases.find((p: { phaseStatus: string }) => p.phaseStatus === "FAILED");
    assert.deepEqual(failed.contexts, [
      {
        statusCode: "COMMAND_EXECUTION_ERROR",
        message: "Error while executing command: false; exit 7. Reason: exit status 7",
      },
    ]);
    assert.deepEqual([logged("finally"), logged("succeeding=0"), logged("never")], [true, true, false]);
    assert.ok(!world.kernel.objects.has("s3://out/a.zip"));
  });

  it("skips the build when a phase before it fails", async () => {
    await world.project(
      "early",
      "version: 0.2\nphases: { install: { commands: ['exit 3'] }, build: { commands: ['echo built-anyway'] } }\n",
    );

    const build = await run("early");

    assert.deepEqual([build.buildStatus, logged("built-anyway")], ["FAILED", false]);
  });

  it("takes several sources, uploads zipped artifacts and keeps JUnit reports", async () => {
    world.kernel.objects.set("s3://in/main.zip", zipOf({ "models/a/model.yaml": "name: a" }));
    world.kernel.objects.set("s3://in/tools.zip", zipOf({ "check.sh": "cat $1/model.yaml" }));
    const buildspec = `version: 0.2
phases:
  build:
    commands:
      - mkdir -p build/reports && bash "$CODEBUILD_SRC_DIR_Tools/check.sh" models/a > build/out.txt
      - |
        cat > build/reports/t.xml <<XML
        <?xml version="1.0"?><testsuites><testsuite name="s"><testcase classname="c" name="good" time="0.5"/>
        <testcase classname="c" name="bad &amp; ugly"><failure message="1 &lt; 2">trace</failure></testcase></testsuite></testsuites>
        XML
artifacts: { base-directory: build, files: ["**/*"] }
reports: { unit: { files: ["*.xml"], base-directory: build/reports } }
`;
    await world.project("full", buildspec, {
      source: { type: "S3", location: "in/main.zip", buildspec },
      secondarySources: [{ type: "S3", location: "in/tools.zip", sourceIdentifier: "Tools" }],
      artifacts: {
        type: "S3",
        location: "out",
        path: "p",
        name: "all.zip",
        packaging: "ZIP",
        namespaceType: "NONE",
      },
    });

    const build = await run("full");

    assert.equal(build.buildStatus, "SUCCEEDED", JSON.stringify(build.phases));
    const files = unzipSync(world.kernel.objects.get("s3://out/p/all.zip") ?? new Uint8Array());
    assert.deepEqual(Object.keys(files).sort(), ["out.txt", "reports/t.xml"]);
    assert.equal(strFromU8(files["out.txt"] ?? new Uint8Array()), "name: a");
    const { reports } = await world.build("BatchGetReports", { reportArns: build.reportArns });
    assert.deepEqual(
      [reports[0].status, reports[0].testSummary.total, reports[0].testSummary.statusCounts.FAILED],
      ["FAILED", 2, 1],
    );
    const { testCases } = await world.build("DescribeTestCases", {
      reportArn: build.reportArns[0],
      filter: { status: "FAILED" },
    });
    assert.deepEqual([testCases[0].name, testCases[0].message], ["bad & ugly", "1 < 2"]);
  });

  it("stops a build and ends one that hangs at its virtual deadline, with everything it started", async () => {
    await world.project(
      "hang",
      "version: 0.2\nphases: { build: { commands: ['sleep 1000 & echo child=$!; wait'] } }\n",
      { timeoutInMinutes: 10 },
    );
    const timedOut = await run("hang");
    const { build } = await world.build("StartBuild", { projectName: "hang" });
    await world.kernel.clock.advance(5_000);
    await world.build("StopBuild", { id: build.id });
    await world.kernel.clock.advance(5_000);

    const stopped = (await world.build("BatchGetBuilds", { ids: [build.id] })).builds[0];
    assert.equal(timedOut.buildStatus, "TIMED_OUT");
    assert.equal(timedOut.endTime - timedOut.startTime, 600_000);
    assert.equal(stopped.buildStatus, "STOPPED");
    const child = world.kernel.logs.map(({ message }) => /^child=(\d+)$/.exec(message)?.[1]).find(Boolean);
    const state = spawnSync("ps", ["-o", "stat=", "-p", String(child)], { encoding: "utf8" }).stdout.trim();
    assert.match(state, /^(Z.*)?$/, "the child that it started is gone (or dead and not yet reaped)");
  });

  it("refuses what it does not do, by name", async () => {
    await assert.rejects(
      world.project("git", "version: 0.2\nphases: { build: { commands: [a] } }\n", {
        source: { type: "GITHUB", location: "x" },
      }),
      /got GITHUB/,
    );
    await assert.rejects(
      world.project("spec", "version: 0.2\nphases: { build: { commands: [{ echo a: b }], run-as: root } }\n"),
      /"run-as".*quote commands/s,
    );
    assert.doesNotThrow(() => parseBuildspec(BUILDSPEC), "the project's own buildspec is accepted");
    assert.throws(() => parseJunit("<html/>"), /expected JUnit XML/);
  });
});
