/** The loop with staging and production in accounts of their own: what the stacks' policies admit is all that it needs, and it needs all of it. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import { ROOT } from "../../build/index.ts";
import { answerWaiting } from "../../cli/story/person.ts";
import { executionStatus, type PipelineRun, pipelineRuns, SETTLED } from "../../cli/story/pipeline.ts";
import { readRecords } from "../../cli/story/records.ts";
import { CALLS_PER_WINDOW, createTraffic } from "../../cli/story/traffic.ts";
import { MODEL, type World } from "../../cli/story/world.ts";
import { ACCOUNTS, type AccountsWorld, startAccounts } from "../support/accountsWorld.ts";

const HOUR = 3_600_000;
const MINIMUM_LABELS = 150;
const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

describe("the loop with environments in accounts of their own", { timeout: 300_000 }, () => {
  let world: AccountsWorld;
  let run: PipelineRun | undefined;

  const wait = async <T>(look: () => Promise<T | null>, hours: number): Promise<T | null> => {
    const { clock } = world.sandboxes.shared;
    const until = clock.now() + hours * HOUR;
    for (;;) {
      const found = await look();
      if (found !== null || clock.now() >= until) return found;
      await clock.advance(60_000);
    }
  };
  const runs = ({ clients, pipelineName }: World) => pipelineRuns(clients, pipelineName);
  /** Refusals that the gateway gave in any account. */
  const refusals = () =>
    Object.values(world.sandboxes).flatMap((sandbox) =>
      sandbox
        .calls()
        .filter(({ outcome }) => /AccessDenied|Unauthorized|AuthorizationError|NotAuthorized/.test(outcome))
        .map(({ principal, action, message }) => `${principal} ${action}: ${message}`),
    );

  before(async () => {
    world = await startAccounts(MINIMUM_LABELS);
    const { shared } = world;
    const first = await wait(async () => (await runs(shared))[0] ?? null, 1);
    const id = first?.id ?? "";
    await wait(async () => {
      await answerWaiting(shared);
      const now = await executionStatus(shared.clients, shared.pipelineName, id);
      return SETTLED.has(now) ? now : null;
    }, 12);
    run = (await runs(shared)).find((one) => one.id === id);
  });
  after(() => world?.stop());

  it("brings a release through staging's account into production's", async () => {
    const failed = run?.actions.filter(({ status }) => status === "Failed").map(({ summary }) => summary);
    assert.deepEqual([run?.status, failed], ["Succeeded", []]);
    const { lineage } = await readRecords(world.shared);
    assert.deepEqual(
      lineage.map(({ environment, release }) => [environment, release.releaseId, release.approval?.status]),
      [
        ["staging", run?.id, undefined],
        ["prod", run?.id, "Approved"],
      ],
    );
  });

  it("is refused nothing on the way", () => {
    assert.deepEqual(refusals(), []);
  });

  it("acts there by state machines alone, under the role that the environment gives the pipeline", () => {
    for (const [action, account] of [
      ["RolloutStaging", "staging"],
      ["VerifyEndpoint", "staging"],
      ["RolloutProduction", "prod"],
    ] as const) {
      const { url } = run?.actions.find((one) => one.action === action) ?? {};
      assert.match(
        url ?? "",
        new RegExp(`^arn:aws:states:eu-west-1:${ACCOUNTS[account]}:execution:`),
        action,
      );
      const starts = world.sandboxes[account].calls({ action: "StartExecution", outcome: "ok" });
      assert.ok(
        starts.some(({ principal }) => principal.endsWith(`role/sluice-${account}-pipeline-actions`)),
        action,
      );
    }
    assert.deepEqual(world.sandboxes.staging.calls({ service: "codepipeline" }), []);
  });

  it("brings a request for retraining back, with what production captured and learned", async () => {
    const { shared, prod } = world;
    const { clock } = world.sandboxes.prod;
    const seconds = prod.spec.monitoring.window;
    await clock.sleepUntil(Math.ceil(clock.now() / HOUR) * HOUR);
    const traffic = createTraffic(prod);
    for (let window = 0; window < 4; window += 1)
      await traffic.window(
        world.data.live.slice(window * CALLS_PER_WINDOW, (window + 1) * CALLS_PER_WINDOW),
        seconds,
      );
    for (let window = 0; window < 24; window += 1) {
      await clock.advance(seconds * 1000);
      await traffic.deliverLabels();
    }
    assert.equal(traffic.pendingLabels, 0);
    await prod.clients.cloudwatch.send(
      new SetAlarmStateCommand({
        AlarmName: `sluice-prod-${MODEL}-drift`,
        StateValue: "ALARM",
        StateReason: "test",
      }),
    );
    const retraining = await wait(
      async () => (await runs(shared)).find(({ id }) => id !== run?.id) ?? null,
      1,
    );
    const { requests } = await readRecords(shared);

    assert.deepEqual(
      requests.map(({ cause, decision }) => [cause, decision]),
      [["drift", "started"]],
      requests.map(({ reason }) => reason).join(),
    );
    assert.ok(retraining, "the pipeline runs for it");
    const reads = world.sandboxes.prod
      .calls({ service: "s3", action: "GetObject", outcome: "ok" })
      .filter(({ principal }) => principal.endsWith("role/sluice-coordinate-retraining"));
    for (const folder of ["captures", "labels-accepted"])
      assert.ok(
        reads.some(({ resource }) => resource.includes(`/${folder}/`)),
        folder,
      );
    assert.deepEqual(refusals(), []);
  });

  it("tells who is on call in production's account what serves there, and nobody else", async () => {
    const sandbox = world.sandboxes.prod;
    const { recordsTableArn, kmsKeyArn } = world.shared.foundation;
    const statements = [
      { Effect: "Allow", Action: ["dynamodb:GetItem", "dynamodb:Query"], Resource: recordsTableArn },
      { Effect: "Allow", Action: "kms:Decrypt", Resource: kmsKeyArn },
    ];
    const explain = async (roleName: string) => {
      await sandbox.kernel.callAsSandbox("iam", "CreateRole", {
        RoleName: roleName,
        AssumeRolePolicyDocument: TRUST,
      });
      await sandbox.kernel.callAsSandbox("iam", "PutRolePolicy", {
        RoleName: roleName,
        PolicyName: "own",
        PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: statements }),
      });
      const role = `arn:aws:iam::${ACCOUNTS.prod}:role/${roleName}`;
      const env = { ...process.env, ...sandbox.kernel.credentialsFor(role, "test") };
      const args = ["explain", "--model", MODEL, "--foundation-account", ACCOUNTS.shared];
      return await new Promise<string>((resolve) => {
        execFile(
          process.execPath,
          [join(ROOT, "cli", "sluice.ts"), ...args],
          { env },
          (_error, stdout, stderr) => resolve(stdout + stderr),
        );
      });
    };

    assert.match(await explain("on-call"), new RegExp(`serves .* \\(release ${run?.id}\\)`));
    assert.match(
      await explain("passer-by"),
      /not authorized to perform: dynamodb:.*no resource-based policy allows/,
    );
  });
});
