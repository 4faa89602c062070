/** The coordinator of retraining over fakes: a model in service, captured requests, labels. */
import { keys, type RetrainingRequestRecord, type RetrainingState } from "../../contracts/records.ts";
import { createHandler } from "../../lambdas/coordinateRetraining/handler.ts";
import {
  ATHENA_SETTINGS,
  FakeClient,
  FakeLargeObjects,
  FakeObjects,
  FakeRecords,
  noAthena,
  silentLog,
} from "./fakes.ts";
import { tinySpec } from "./sample.ts";

export const environment = {
  RECORDS_TABLE: "t",
  POWERTOOLS_SERVICE_NAME: "p",
  CAPTURE_BUCKET: "captures",
  CAPTURE_ENVIRONMENT: "prod",
  DATA_BUCKET: "data",
  PIPELINE_PREFIX: "sluice-",
  ALERT_TOPIC_ARN: "topic",
  ...ATHENA_SETTINGS,
  JOIN_STATE_MACHINE_ARN: "machine",
};
export const now = new Date("2026-02-03T00:00:00Z");
export const served = Date.parse("2026-02-02T10:00:00Z");
let worlds = 0;

/** Warm Lambdas keep capture files by their address: each world has its own. */
function deployment() {
  worlds += 1;
  const name = `config-${worlds}`;
  return {
    releaseId: "rel-1",
    endpointConfigName: name,
    sagemakerModelName: name,
    modelPackageArn: null,
    deployedAt: "2026-02-02T09:00:00.000Z",
    captureUri: `s3://captures/captures/tiny/${name}`,
  };
}
export const request = (causeKey: string, cause = "drift") => ({
  detail: {
    modelName: "tiny",
    environment: "prod",
    cause,
    causeKey,
    requestedAt: now.toISOString(),
    requestedBy: "test",
  },
});

/** Live model with `count` captured requests, of which `labelled` have labels. */
export function world(count: number, labelled: number) {
  const deployed = deployment();
  const records = new FakeRecords();
  const objects = new FakeObjects();
  const codepipeline = new FakeClient({ StartPipelineExecution: { pipelineExecutionId: "exec-2" } });
  const sns = new FakeClient();
  const release = {
    releaseId: "rel-1",
    modelName: "tiny",
    specUri: "s3://artifacts/specs/s.json",
    manifestUri: "s3://data/datasets/tiny/ds-1/manifest.json",
  };
  records.put(keys.live("prod", "tiny"), { endpointName: "tiny-prod", live: deployed, previous: null });
  records.put(keys.release("tiny", "rel-1"), release);
  records.put(keys.lineage("tiny", deployed.deployedAt, "prod"), {
    environment: "prod",
    deployedAt: deployed.deployedAt,
    deployed,
    release,
  });
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  objects.bodies.set("s3://artifacts/specs/s.json", text(JSON.stringify(tinySpec())));
  objects.bodies.set(
    "s3://data/datasets/tiny/ds-1/manifest.json",
    text(
      JSON.stringify({
        modelName: "tiny",
        datasetId: "ds-1",
        timeRange: { from: "2026-01-01", to: "2026-01-10" },
      }),
    ),
  );
  objects.bodies.set(
    "s3://data/judge/tiny/ds-1/table.csv",
    text("day,age,job,y\n2026-01-01,30,student,no\n2026-01-10,31,admin.,yes\n"),
  );
  const lines = Array.from({ length: count }, (_, index) =>
    JSON.stringify({
      captureData: {
        endpointInput: { mode: "INPUT", data: `${20 + (index % 50)},student\n`, encoding: "CSV" },
        endpointOutput: { mode: "OUTPUT", data: "0.5\n", encoding: "CSV" },
      },
      eventMetadata: {
        eventId: `e${index}`,
        inferenceId: `i${index}`,
        inferenceTime: new Date(served + index * 1000).toISOString(),
      },
      eventVersion: "0",
    }),
  );
  objects.bodies.set(
    `${deployed.captureUri}/tiny-prod/primary/2026/02/02/10/a.jsonl`,
    text(lines.join("\n")),
  );
  const labels = Array.from({ length: labelled }, (_, index) => ({
    id: `i${index}`,
    value: index % 2 ? "yes" : "no",
  }));
  objects.bodies.set("s3://captures/labels-accepted/tiny/2026/02/02/10/l.json", text(JSON.stringify(labels)));
  const handler = createHandler({
    environment,
    records,
    objects,
    largeObjects: new FakeLargeObjects(objects),
    athena: noAthena,
    codepipeline,
    states: new FakeClient(),
    sns,
    log: silentLog,
    now: () => now,
  });
  const state = () => records.load<RetrainingState>(keys.retraining("tiny"));
  const answers = () => records.list<RetrainingRequestRecord>(keys.retraining("tiny").pk, "REQUEST#");
  return { records, objects, codepipeline, sns, handler, state, answers };
}
