import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { zipSync } from "fflate";
import { startTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

// Handlers speak the wire protocol themselves, so that the test needs no bundle.
const helper = `
const call = async (service, target, body) => {
  const authorization = "AWS4-HMAC-SHA256 Credential=" + process.env.AWS_ACCESS_KEY_ID + "/20080901/eu-west-1/" + service + "/aws4_request, SignedHeaders=host, Signature=x";
  const path = service === "lambda" ? "/2015-03-31/functions/" + body.fn + "/invocations" : "/";
  const headers = { authorization, ...(target ? { "x-amz-target": target, "content-type": "application/x-amz-json-1.0" } : {}) };
  const response = await fetch(process.env.AWS_ENDPOINT_URL + path, { method: "POST", headers, body: JSON.stringify(body) });
  return await response.json();
};`;

let sandbox: TestSandbox;
let table: DynamoDBClient;

before(async () => {
  sandbox = await startTestSandbox({ ministack: true, lambda: { hangMilliseconds: 5_000 } });
  table = new DynamoDBClient(sandbox.client());
  await table.send(
    new CreateTableCommand({
      TableName: "writes",
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      BillingMode: "PAY_PER_REQUEST",
    }),
  );
});
after(() => sandbox.stop());

async function create(name: string, handler: string, statements: object[], timeout = 300): Promise<void> {
  const role = await sandbox.role(
    `${name}-role`,
    ["lambda.amazonaws.com"],
    [{ Effect: "Allow", Action: "logs:*", Resource: "*" }, ...statements],
  );
  const ZipFile = zipSync({ "index.mjs": Buffer.from(`${helper}\nexport const handler = ${handler};`) });
  await sandbox.kernel.callAsSandbox("lambda", "CreateFunction", {
    FunctionName: name,
    Role: role,
    Runtime: "nodejs24.x",
    Handler: "index.handler",
    Timeout: timeout,
    Code: { ZipFile },
  });
}

async function invoke(name: string) {
  let done = false;
  const began = sandbox.clock.now();
  const answer = sandbox.kernel
    .callAsSandbox("lambda", "Invoke", { FunctionName: name, Payload: "{}" })
    .finally(() => {
      done = true;
    });
  await sandbox.clock.until(() => done, 3_600_000);
  const { Payload, FunctionError } = await answer;
  return { output: JSON.parse(Payload), error: FunctionError, elapsed: sandbox.clock.now() - began };
}

const put = { Effect: "Allow", Action: "dynamodb:PutItem", Resource: "*" };

test("a function that dies half way has done what it did, and its retry goes on from there", async () => {
  await create(
    "dies",
    `async () => { await call("dynamodb", "DynamoDB_20120810.PutItem", { TableName: "writes", Item: { id: { S: "dies" } } }); return "ok"; }`,
    [put],
  );
  sandbox.faults.add({ service: "dynamodb", action: "PutItem", kill: "caller" });

  const first = await invoke("dies");
  const second = await invoke("dies");

  assert.equal(first.error, "Unhandled");
  assert.equal(first.output.errorType, "Runtime.ExitError");
  assert.equal(second.output, "ok");
  const { Item } = await table.send(new GetItemCommand({ TableName: "writes", Key: { id: { S: "dies" } } }));
  assert.ok(Item, "the write of the first attempt is there");
});

test("a function that waits for a sleeping function, and one that polls a queue, let time pass", async () => {
  await create(
    "sleeper",
    `async () => { await new Promise((resolve) => setTimeout(resolve, 60_000)); return "slept"; }`,
    [],
  );
  await create("waiter", `async () => await call("lambda", undefined, { fn: "sleeper" })`, [
    { Effect: "Allow", Action: "lambda:InvokeFunction", Resource: "*" },
  ]);
  await sandbox.kernel.callAsSandbox("sqs", "CreateQueue", { QueueName: "empty" });
  await create(
    "poller",
    `async () => { const began = Date.now(); await call("sqs", "AmazonSQS.ReceiveMessage", { QueueUrl: process.env.AWS_ENDPOINT_URL + "/000000000000/empty", WaitTimeSeconds: 20 }); return "polled"; }`,
    [{ Effect: "Allow", Action: "sqs:ReceiveMessage", Resource: "*" }],
  );

  const waited = await invoke("waiter");
  const polled = await invoke("poller");

  assert.deepEqual([waited.output, waited.elapsed], ["slept", 60_000]);
  assert.deepEqual([polled.output, polled.elapsed], ["polled", 20_000]);
});

test("an injected error, a delay and a cut connection hit the calls they are meant for, so many times", async () => {
  await create(
    "calls",
    `async () => { try { return await call("dynamodb", "DynamoDB_20120810.PutItem", { TableName: "writes", Item: { id: { S: "x" } } }); } catch { return "cut"; } }`,
    [put],
  );
  const fault = { service: "dynamodb", action: "PutItem" };

  sandbox.faults.add({ ...fault, error: { code: "ThrottlingException", message: "slow down" } });
  assert.match((await invoke("calls")).output.__type, /ThrottlingException/);
  sandbox.faults.add({ ...fault, delayMs: 5_000 });
  assert.equal((await invoke("calls")).elapsed, 5_000);
  sandbox.faults.add({ ...fault, kill: "connection" });
  assert.equal((await invoke("calls")).output, "cut");
  assert.deepEqual((await invoke("calls")).output, {});
});

test("a transaction needs the permission of each of its parts", async () => {
  const client = async (name: string, ...actions: string[]) =>
    new DynamoDBClient(
      sandbox.client(
        await sandbox.role(
          name,
          ["lambda.amazonaws.com"],
          [
            {
              Effect: "Allow",
              Action: actions,
              Resource: "arn:aws:dynamodb:eu-west-1:000000000000:table/writes",
            },
          ],
        ),
      ),
    );
  const transaction = new TransactWriteItemsCommand({
    TransactItems: [
      { Put: { TableName: "writes", Item: { id: { S: "t1" } } } },
      { Delete: { TableName: "writes", Key: { id: { S: "t2" } } } },
    ],
  });

  await assert.rejects((await client("half", "dynamodb:PutItem")).send(transaction), /dynamodb:DeleteItem/);
  await (await client("whole", "dynamodb:PutItem", "dynamodb:DeleteItem")).send(transaction);
});
