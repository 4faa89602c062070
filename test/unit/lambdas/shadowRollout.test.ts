import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keys, type LiveRecord, type RolloutRecord } from "../../../contracts/records.ts";
import { createHandler } from "../../../lambdas/advanceRollout/handler.ts";
import { FakeClient, FakeObjects, FakeRecords, silentLog } from "../../support/fakes.ts";
import { calmCloudWatch, deployedModel, rolloutEnvironment } from "../../support/rollout.ts";
import { tinySpec } from "../../support/sample.ts";

const MINUTE = 60_000;
const START = Date.parse("2026-02-02T00:00:00Z");
const CAPTURES = "s3://captures/captures/tiny/tiny-prod-rold";
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const input = { modelName: "tiny", releaseId: "rel-2", execution: "exec-1", kind: "release" };
const tiny = tinySpec();
const spec = {
  ...tiny,
  rollout: {
    ...tiny.rollout,
    prod: {
      ...tiny.rollout.prod,
      shadow: {
        sampling: 0.5,
        atLeast: 1800,
        atMost: 21_600,
        minimumPairs: 200,
        maximumDisagreement: 0.05,
        maximumScoreDistance: 0.1,
      },
    },
  },
};

/** An endpoint whose updates end when the test says so, with the configurations and models that exist. */
function world() {
  const time = { now: START };
  const records = new FakeRecords();
  const objects = new FakeObjects();
  objects.bodies.set("s3://a/spec.json", text(JSON.stringify(spec)));
  records.put(keys.live("prod", "tiny"), {
    endpointName: "tiny-prod",
    live: deployedModel("tiny-prod-rold"),
    previous: null,
  });
  for (const id of ["rel-2", "tiny-prod-rold"])
    records.put(keys.release("tiny", id), {
      releaseId: id,
      modelName: "tiny",
      specUri: "s3://a/spec.json",
      image: "img",
      modelDataUri: "s3://a/m.tar.gz",
    });
  const endpoint = { live: "tiny-prod-rold", pending: "", refuses: "" };
  const configs = new Set(["tiny-prod-rold"]);
  const models = new Set(["tiny-prod-rold"]);
  type Named = Record<"EndpointConfigName" | "ModelName", string>;
  const sagemaker = new FakeClient({
    DescribeEndpoint: () => ({
      EndpointStatus: endpoint.pending ? "Updating" : "InService",
      EndpointConfigName: endpoint.live,
      ProductionVariants: [{ VariantName: "primary", DesiredInstanceCount: 7 }],
      ...(endpoint.pending && { PendingDeploymentSummary: { EndpointConfigName: endpoint.pending } }),
    }),
    DescribeEndpointConfig: {
      ProductionVariants: [
        {
          VariantName: "primary",
          ModelName: "tiny-prod-rold",
          InstanceType: "ml.c5.large",
          InitialInstanceCount: 2,
          InitialVariantWeight: 1,
        },
      ],
    },
    CreateModel: ({ ModelName }: Named) => void models.add(ModelName),
    CreateEndpointConfig: ({ EndpointConfigName }: Named) => void configs.add(EndpointConfigName),
    UpdateEndpoint: ({ EndpointConfigName }: Named) => {
      if (endpoint.refuses)
        return Object.assign(new Error(endpoint.refuses), { name: "ValidationException" });
      endpoint.pending = EndpointConfigName;
    },
    DeleteModel: ({ ModelName }: Named) =>
      models.delete(ModelName) ? {} : new Error("Could not find model"),
    DeleteEndpointConfig: ({ EndpointConfigName }: Named) => void configs.delete(EndpointConfigName),
    ListEndpointConfigs: () => ({
      EndpointConfigs: [...configs].map((EndpointConfigName) => ({ EndpointConfigName })),
    }),
  });
  const cloudwatch = new FakeClient(calmCloudWatch);
  const advance = createHandler({
    environment: rolloutEnvironment,
    records,
    objects,
    sagemaker,
    cloudwatch,
    autoscaling: new FakeClient(),
    log: silentLog,
    now: () => new Date(time.now),
  });
  /** One turn, `minutes` later; an update in progress has succeeded by then. */
  const turn = (minutes = 10) => {
    time.now += minutes * MINUTE;
    if (endpoint.pending) endpoint.live = endpoint.pending;
    endpoint.pending = "";
    return advance(input);
  };
  /** Puts captures of both variants there; the champion answers 0.2. */
  const capture = (count: number, score: string, at = time.now, prefix = "q"): void => {
    const iso = new Date(at).toISOString();
    const hour = iso.slice(0, 13).replaceAll("-", "/").replace("T", "/");
    const line = (id: string, output: string): string =>
      JSON.stringify({
        captureData: {
          endpointInput: { data: "30,admin.\n", encoding: "CSV" },
          ...(output && { endpointOutput: { data: `${output}\n`, encoding: "CSV" } }),
        },
        eventMetadata: { eventId: `${id}-${output}`, inferenceId: id, inferenceTime: iso },
        eventVersion: "0",
      });
    for (const [variant, output] of [
      ["primary", "0.2"],
      ["challenger", score],
    ] as const) {
      const lines = Array.from({ length: count }, (_, i) => line(`${prefix}${i}`, output));
      const uri = `${CAPTURES}/tiny-prod/${variant}/${hour}/${prefix}-${crypto.randomUUID()}.jsonl`;
      objects.bodies.set(uri, text(lines.join("\n")));
    }
  };
  const rollout = async (): Promise<RolloutRecord> => {
    const found = await records.load<RolloutRecord>(keys.rollout("prod", "tiny"));
    assert.ok(found);
    return found;
  };
  const live = () => records.load<LiveRecord>(keys.live("prod", "tiny"));
  return {
    records,
    objects,
    sagemaker,
    endpoint,
    configs,
    models,
    time,
    turn,
    advance,
    capture,
    rollout,
    live,
  };
}

/** A world whose shadow serves. */
async function shadowing() {
  const one = world();
  await one.turn();
  await one.turn();
  assert.equal((await one.rollout()).phase, "shadowing");
  return one;
}

describe("advanceRollout with a shadow", () => {
  it("puts the challenger beside the champion as it is live, with captures where the champion's go", async () => {
    const { sagemaker, turn, rollout } = world();
    await turn();

    const [requested, shadow] = sagemaker.inputs("CreateEndpointConfig");
    const name = (await rollout()).requestedConfigName;
    assert.equal(requested?.EndpointConfigName, name);
    assert.equal(shadow?.EndpointConfigName, `${name}-s`);
    assert.deepEqual(shadow?.ProductionVariants, [
      {
        VariantName: "primary",
        ModelName: "tiny-prod-rold",
        InstanceType: "ml.c5.large",
        InitialInstanceCount: 7,
        InitialVariantWeight: 1,
      },
    ]);
    assert.deepEqual(shadow?.ShadowProductionVariants, [
      {
        VariantName: "challenger",
        ModelName: name,
        InstanceType: "ml.m5.large",
        InitialInstanceCount: 1,
        InitialVariantWeight: 0.5,
      },
    ]);
    assert.match(JSON.stringify(shadow?.DataCaptureConfig), new RegExp(`"DestinationS3Uri":"${CAPTURES}"`));
    assert.deepEqual(sagemaker.inputs("UpdateEndpoint"), [
      { EndpointName: "tiny-prod", EndpointConfigName: `${name}-s` },
    ]);
  });

  it("steps on once the challenger agrees, and ends promoted with nothing of the shadow left", async () => {
    const { turn, capture, rollout, live, sagemaker, configs, models } = await shadowing();
    capture(400, "0.21");
    await turn(35);
    const stepping = await rollout();
    const output = await turn();

    assert.equal(stepping.phase, "updating");
    assert.equal(stepping.shadow?.verdict?.numbers.pairs, 400);
    assert.match(stepping.history.at(-1)?.message ?? "", /Agrees, 400 of at least 200 pairs: 0\.0 %/);
    assert.match(JSON.stringify(sagemaker.inputs("UpdateEndpoint").at(-1)?.DeploymentConfig), /CANARY/);
    assert.equal(output.status, "SUCCEEDED");
    const name = stepping.requestedConfigName;
    assert.equal((await live())?.live.endpointConfigName, name);
    assert.equal((await live())?.previous?.endpointConfigName, "tiny-prod-rold");
    assert.deepEqual(
      [[...configs], [...models]],
      [
        ["tiny-prod-rold", name],
        ["tiny-prod-rold", name],
      ],
    );
  });

  it("goes back when the challenger disagrees, with the numbers, and leaves the champion alone", async () => {
    const { turn, capture, rollout, live, configs, models, endpoint } = await shadowing();
    const before = await live();
    capture(400, "0.9");
    await turn();
    await turn();
    const output = await turn();

    assert.deepEqual([output.status, output.code], ["FAILED", "shadow-disagrees"]);
    assert.equal((await rollout()).result?.numbers.disagreement, 1);
    assert.ok(((await rollout()).result?.numbers.disagreementLow ?? 0) > 0.9);
    assert.equal(endpoint.live, "tiny-prod-rold");
    assert.deepEqual(await live(), before);
    assert.deepEqual([[...configs], [...models]], [["tiny-prod-rold"], ["tiny-prod-rold"]]);
  });

  it("counts a call that the challenger failed", async () => {
    const { turn, capture, rollout } = await shadowing();
    capture(300, "");
    await turn();

    assert.equal((await rollout()).leaving?.code, "shadow-disagrees");
    assert.equal((await rollout()).leaving?.numbers.unanswered, 300);
  });

  it("counts each pair once, whatever is looked at again, and none from before", async () => {
    const { turn, capture, rollout, time } = await shadowing();
    capture(50, "0.9", time.now - 5 * MINUTE, "earlier-shadow");
    capture(60, "0.21", time.now + MINUTE, "a");
    await turn();
    await turn();
    capture(70, "0.21", time.now, "b");
    await turn();

    assert.equal((await rollout()).shadow?.tally.pairs, 130);
    assert.equal((await rollout()).shadow?.tally.different, 0);
  });

  it("does the same when a turn dies before it saves", async () => {
    const { turn, capture, rollout, records } = await shadowing();
    capture(400, "0.9");
    const { save } = records;
    records.save = () => Promise.reject(new Error("died"));
    await assert.rejects(turn(), /died/);
    records.save = save;
    await turn();

    assert.equal((await rollout()).leaving?.numbers.pairs, 400);
  });

  it("goes on without captures that cannot be read, and goes back when its time is over", async () => {
    const { turn, rollout, objects } = await shadowing();
    objects.list = () => Promise.reject(new Error("AccessDenied"));
    await turn();
    assert.equal((await rollout()).phase, "shadowing");
    await turn(400);

    assert.equal((await rollout()).leaving?.code, "shadow-undecided");
  });

  it("does not read more captures than its memory holds", async () => {
    const { turn, rollout, objects } = await shadowing();
    objects.list = async (uri) => [{ uri: `${uri}x.jsonl`, bytes: 200_000_000, etag: "" }];
    let reads = 0;
    const { getText } = objects;
    objects.getText = (uri) => {
      if (uri.endsWith("x.jsonl")) reads += 1;
      return getText.call(objects, uri);
    };
    await turn();

    assert.deepEqual([(await rollout()).phase, reads], ["shadowing", 0]);
  });

  it("goes back when SageMaker refuses the step beside a shadow, instead of asking for ever", async () => {
    const { turn, capture, endpoint, rollout } = await shadowing();
    capture(400, "0.2");
    endpoint.refuses = "guardrails are not supported with shadow variants";
    await turn(35);
    endpoint.refuses = "";
    assert.equal((await rollout()).leaving?.code, "step-refused");
    await turn();
    const output = await turn();

    assert.equal(output.code, "step-refused");
    assert.match(output.message, /guardrails are not supported/);
  });

  it("does not take an update in progress for a refusal", async () => {
    const { turn, capture, endpoint } = await shadowing();
    capture(400, "0.2");
    endpoint.refuses = 'Cannot update in-progress endpoint "tiny-prod".';
    await assert.rejects(turn(35), /in-progress/);
  });

  it("goes back when a rollback asks for the endpoint", async () => {
    const { turn, advance, rollout, records, endpoint } = await shadowing();
    const live = await records.load<LiveRecord>(keys.live("prod", "tiny"));
    records.put(keys.live("prod", "tiny"), { ...live, previous: deployedModel("tiny-prod-rolder") });
    const waiting = await advance({ modelName: "tiny", execution: "rollback-1", kind: "rollback" });
    await turn();
    await turn();
    const output = await turn();

    assert.equal(waiting.code, "endpoint-locked");
    assert.deepEqual([output.code, endpoint.live], ["cancelled", "tiny-prod-rold"]);
    assert.equal((await rollout()).phase, "rolled-back");
  });
});
