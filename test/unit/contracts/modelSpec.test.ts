import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { modelSpecJsonSchema, parseModelSpec } from "../../../contracts/modelSpec.ts";
import { parseSettings } from "../../../stacks/config.ts";
import { MODEL_YAML } from "../../support/sample.ts";

const problemsOf = (change: (yaml: Record<string, never>) => void): string[] => {
  const yaml = structuredClone(MODEL_YAML) as unknown as Record<string, never>;
  change(yaml);
  const parsed = parseModelSpec(yaml);
  return "problems" in parsed ? parsed.problems.map((problem) => `${problem.path}: ${problem.message}`) : [];
};
// biome-ignore lint/suspicious/noExplicitAny: test data that breaks the schema on purpose
type Loose = any;

const WEIGHTED = {
  strategy: "weightedCanary",
  weights: ["5 %", "20 %", "50 %"],
  atLeast: "20 minutes",
  atMost: "6 hours",
  margins: { errorRate: "1 %", latencyP90: "20 %", score: 0.05 },
};
const SHADOW = {
  sampling: "50 %",
  atLeast: "30 minutes",
  atMost: "6 hours",
  minimumPairs: 200,
  maximumDisagreement: "5 %",
  maximumScoreDistance: 0.1,
};

describe("model.yaml", () => {
  it("reads a weighted canary into plain units", () => {
    const yaml = structuredClone(MODEL_YAML) as Loose;
    yaml.rollout.prod.step = WEIGHTED;
    const parsed = parseModelSpec(yaml);
    assert.ok("spec" in parsed, JSON.stringify(parsed));
    assert.deepEqual(parsed.spec.rollout.prod.step, {
      strategy: "weightedCanary",
      weights: [0.05, 0.2, 0.5],
      atLeast: 1200,
      atMost: 21_600,
      requests: 200,
      margins: { errorRate: 0.01, latencyP90: 0.2, score: 0.05 },
    });
  });

  it("reads a shadow phase, which is optional, into plain units", () => {
    const yaml = structuredClone(MODEL_YAML) as Loose;
    yaml.rollout.prod.shadow = SHADOW;
    const parsed = parseModelSpec(yaml);
    assert.ok("spec" in parsed);
    assert.deepEqual(parsed.spec.rollout.prod.shadow, {
      sampling: 0.5,
      atLeast: 1800,
      atMost: 21_600,
      minimumPairs: 200,
      maximumDisagreement: 0.05,
      maximumScoreDistance: 0.1,
    });
  });

  it("is read into plain units: seconds, shares, milliseconds", () => {
    const parsed = parseModelSpec(MODEL_YAML);
    assert.ok("spec" in parsed);
    assert.equal(parsed.spec.monitoring.window, 900);
    assert.equal(parsed.spec.rollout.prod.alarms.errorRate, 0.01);
    assert.equal(parsed.spec.rollout.prod.alarms.latencyP90, 500);
  });

  const cases: readonly [string, (yaml: Loose) => void, RegExp][] = [
    ["an unknown key", (y) => (y.colour = "blue"), /\(whole file\): unknown key "colour"/],
    [
      "an unknown nested key",
      (y) => (y.rollout.prod.step.speed = 1),
      /rollout\.prod\.step: unknown key "speed"/,
    ],
    ["a missing key", (y) => delete y.task, /task: /],
    ["a wrong unit", (y) => (y.monitoring.window = 15), /monitoring\.window: /],
    [
      "a unit that does not exist",
      (y) => (y.retraining.cooldown = "2 fortnights"),
      /retraining\.cooldown: expected a duration such as "15 minutes"/,
    ],
    [
      "a label that is a feature",
      (y) => y.features.push({ name: "y", type: "categorical" }),
      /features\.2\.name: "y" is the label/,
    ],
    [
      "a feature listed twice",
      (y) => y.features.push({ name: "age", type: "numeric" }),
      /"age" is listed twice/,
    ],
    [
      "splits that do not add up",
      (y) => (y.data.splits.train = 0.9),
      /data\.splits: expected shares that add up to 1, got 1\.3/,
    ],
    [
      "groups of a column that is not served",
      (y) => Object.assign(y.data.splits, { by: "group", column: "customer" }),
      /data\.splits\.column: expected one of the features, because by is group .* got "customer"/,
    ],
    [
      "groups without a column",
      (y) => Object.assign(y.data.splits, { by: "timeAndGroup" }),
      /data\.splits\.column: expected one of the features, .* got null/,
    ],
    [
      "a group column of rows that are split by time",
      (y) => Object.assign(y.data.splits, { column: "job" }),
      /data\.splits\.column: remove it, or set by to group or timeAndGroup/,
    ],
    [
      "a metric of another task",
      (y) => (y.evaluation.metric = "rmse"),
      /evaluation\.metric: "rmse" is not a metric of binary-classification; use one of/,
    ],
    [
      "a canary above half",
      (y) => (y.rollout.prod.step.size = "60 %"),
      /rollout\.prod\.step\.size: expected more than 0 % and at most 50 %/,
    ],
    [
      "a canary of one instance",
      (y) => (y.rollout.prod.instances = 1),
      /expected at least 2 instances for a canary, got 1/,
    ],
    [
      "a shadow of a classifier without a limit on decisions",
      (y) => (y.rollout.prod.shadow = { ...SHADOW, maximumDisagreement: undefined }),
      /rollout\.prod\.shadow\.maximumDisagreement: expected a percentage such as "5 %"/,
    ],
    [
      "a limit on decisions of a regression",
      (y) => {
        Object.assign(y, { task: "regression", label: { column: "y" } });
        y.rollout.prod.shadow = SHADOW;
      },
      /rollout\.prod\.shadow\.maximumDisagreement: remove it/,
    ],
    [
      "a shadow that ends before it may promote",
      (y) => (y.rollout.prod.shadow = { ...SHADOW, atMost: "30 minutes" }),
      /rollout\.prod\.shadow\.atMost: expected more than atLeast = 1800 seconds/,
    ],
    [
      "a shadow that needs no traffic",
      (y) => (y.rollout.staging.shadow = SHADOW),
      /rollout\.staging\.withoutTraffic: expected "hold"/,
    ],
    [
      "a shadow of nothing captured",
      (y) => {
        y.rollout.prod.shadow = SHADOW;
        y.monitoring.capture = "0 %";
      },
      /rollout\.prod\.shadow: expected monitoring\.capture of more than 0 %/,
    ],
    [
      "a shadow's unknown key",
      (y) => (y.rollout.prod.shadow = { ...SHADOW, minimumpairs: 3 }),
      /rollout\.prod\.shadow: unknown key "minimumpairs"/,
    ],
    [
      "falling weights",
      (y) => (y.rollout.prod.step = { ...WEIGHTED, weights: ["20 %", "5 %"] }),
      /rollout\.prod\.step\.weights: expected rising shares, such as \[5 %, 20 %, 50 %\]/,
    ],
    [
      "a weight of more than half",
      (y) => (y.rollout.prod.step = { ...WEIGHTED, weights: ["20 %", "60 %"] }),
      /rollout\.prod\.step\.weights\[?\.?1\]?: expected more than 0 % and at most 50 %/,
    ],
    [
      "a weight that ends before it may be raised",
      (y) => (y.rollout.prod.step = { ...WEIGHTED, atMost: "20 minutes" }),
      /rollout\.prod\.step\.atMost: expected more than atLeast = 1200 seconds, got 1200 seconds/,
    ],
    [
      "a weighted canary after a shadow",
      (y) => Object.assign(y.rollout.prod, { step: WEIGHTED, shadow: SHADOW }),
      /rollout\.prod\.shadow: remove it: a weighted canary compares answers itself/,
    ],
    [
      "a weighted canary that needs no traffic",
      (y) => (y.rollout.staging.step = WEIGHTED),
      /rollout\.staging\.withoutTraffic: expected "hold": a weighted canary/,
    ],
    [
      "a weighted canary of nothing captured",
      (y) => {
        y.rollout.prod.step = WEIGHTED;
        y.monitoring.capture = "0 %";
      },
      /rollout\.prod\.step\.strategy: expected monitoring\.capture above 0 %/,
    ],
    ["k above n", (y) => (y.monitoring.drift.k = 3), /monitoring\.drift\.k: expected at most n = 2, got 3/],
    [
      "a positive label for a regression",
      (y) => Object.assign(y, { task: "regression" }),
      /label\.positive: remove it/,
    ],
    [
      "a DVC file outside the model's folder",
      (y) => (y.data.dvc = { file: "../calls.dvc", remote: "s3://bucket" }),
      /data\.dvc\.file: expected a path below the model's folder/,
    ],
    [
      "a file that is not DVC's",
      (y) => (y.data.dvc = { file: "calls.csv", remote: "s3://bucket" }),
      /data\.dvc\.file: expected .* such as "data\/calls\.csv\.dvc"/,
    ],
    [
      "a remote that is not on S3",
      (y) => (y.data.dvc = { file: "a.dvc", remote: "gs://bucket" }),
      /data\.dvc\.remote: expected the URL of a DVC remote on S3/,
    ],
    [
      "a remote that would mean more in an IAM policy",
      (y) => (y.data.dvc = { file: "a.dvc", remote: "s3://bucket/*" }),
      /data\.dvc\.remote: /,
    ],
    [
      "a dvc.lock without a stage",
      (y) => (y.data.dvc = { file: "dvc.lock", remote: "s3://bucket" }),
      /data\.dvc\.stage: expected the name of a stage/,
    ],
    [
      "a stage of a file without stages",
      (y) => (y.data.dvc = { file: "a.dvc", stage: "split", remote: "s3://bucket" }),
      /data\.dvc\.stage: remove it: "a\.dvc" has no stages/,
    ],
    ["a name that AWS refuses", (y) => (y.name = "Tiny_Model"), /name: expected lower case letters/],
  ];
  for (const [name, change, expected] of cases)
    it(`names ${name}`, () => {
      assert.match(problemsOf(change).join("\n"), expected);
    });

  it("lists all problems at once", () => {
    const problems = problemsOf((y: Loose) => {
      y.colour = 1;
      y.monitoring.window = "15";
      delete y.description;
    });
    assert.equal(problems.length, 3, problems.join("\n"));
  });
});

describe("data.dvc", () => {
  it("takes a remote with and without a prefix, and pushes nothing unless it is told to", () => {
    for (const remote of ["s3://bucket", "s3://bucket/a/b", "s3://bucket/a/b/"]) {
      const yaml = { ...MODEL_YAML, data: { ...MODEL_YAML.data, dvc: { file: "data/a.csv.dvc", remote } } };
      const parsed = parseModelSpec(yaml);
      assert.ok("spec" in parsed);
      assert.deepEqual(parsed.spec.data.dvc, {
        file: "data/a.csv.dvc",
        remote: remote.replace(/\/$/, ""),
        push: false,
      });
    }
  });
  it("is part of the JSON Schema for editors", () =>
    assert.match(JSON.stringify(modelSpecJsonSchema()), /"dvc":\{"type":"object"/));
});

describe("stack settings", () => {
  const good = {
    role: "environment",
    environment: "prod",
    account: "000000000000",
    models: ["tiny"],
    foundationStack: "f",
  };

  it("takes a complete file", () => {
    assert.equal(parseSettings("prod", good).prefix, "sluice");
  });
  it("names the stack, every bad key and what the role needs", () => {
    const { environment: _, ...rest } = good;
    assert.throws(
      () => parseSettings("prod", rest),
      /Pulumi\.prod\.yaml is not valid:\n {2}- sluice:environment: expected a value for the role environment, found none/,
    );
    assert.throws(
      () => parseSettings("prod", { ...good, athenaAboveMegabytes: 500 }),
      /athenaAboveMegabytes: .*200/,
    );
    assert.throws(
      () => parseSettings("prod", { ...good, modles: [], account: "12" }),
      /sluice:account: expected twelve digits[\s\S]*unknown key "modles"/,
    );
  });
});
