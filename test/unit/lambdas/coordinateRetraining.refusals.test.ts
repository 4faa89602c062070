import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { request, served, world } from "../../support/coordinatorWorld.ts";

describe("refusals of coordinateRetraining", () => {
  it("refuses with too few labels, once, however often it is asked", async () => {
    const { handler, codepipeline, answers } = world(300, 50);

    await handler(request("alarm@1"));
    await handler(request("alarm@1"));

    assert.equal(codepipeline.sent.length, 0);
    assert.deepEqual(
      (await answers()).map((answer) => answer.reason),
      ["too-few-labels: 50 new labelled rows, at least 100 are needed"],
    );
  });

  it("joins captures and labels again only when labels came that could suffice", async () => {
    const { handler, objects, codepipeline, state } = world(300, 200);
    // All but 50 of the labelled requests are in the champion's dataset already.
    const known = Array.from(
      { length: 150 },
      (_, index) =>
        `${new Date(served + index * 1000).toISOString()},${20 + (index % 50)},student,${index % 2 ? "yes" : "no"}`,
    );
    const history = ["day,age,job,y", ...known, ""].join("\n");
    const table = "s3://data/judge/tiny/ds-1/table.csv";
    objects.bodies.set(table, new TextEncoder().encode(history));
    const reads: string[] = [];
    const get = objects.get.bind(objects);
    objects.get = (uri) => {
      reads.push(uri);
      return get(uri);
    };

    await handler(request("alarm@1"));
    assert.equal((await state())?.lastJoin?.freshRows, 50);
    const joins = () => reads.filter((uri) => uri === table).length;
    assert.equal(joins(), 1);
    await handler(request("alarm@2"));
    assert.equal(joins(), 1, "50 rows and no new label cannot make 100");

    const more = Array.from({ length: 60 }, (_, index) => ({ id: `i${200 + index}`, value: "no" }));
    await objects.put("s3://captures/labels-accepted/tiny/2026/02/02/10/m.json", JSON.stringify(more));
    await handler(request("alarm@3"));
    assert.equal(joins(), 2);
    assert.equal(codepipeline.inputs("StartPipelineExecution").length, 1);
  });

  it("refuses a request that its brakes hold without listing what was deployed, asked and captured", async () => {
    const { handler, records, objects } = world(300, 200);
    await handler(request("alarm@1"));
    const listed: string[] = [];
    const list = records.list.bind(records);
    records.list = (pk, prefix) => {
      listed.push(pk);
      return list(pk, prefix);
    };
    const listObjects = objects.list.bind(objects);
    objects.list = (prefix) => {
      listed.push(prefix);
      return listObjects(prefix);
    };

    const answer = await handler(request("alarm@2"));

    assert.deepEqual(listed, []);
    assert.ok("decision" in answer && answer.decision === "refused");
  });
});
