"use strict";
// A small Runtime Interface Client: loads the handler as AWS's Node.js runtime does and speaks the Lambda Runtime API.
const http = require("node:http");
const fs = require("node:fs");
const { flushCompileCache } = require("node:module");
const path = require("node:path");
const { pathToFileURL } = require("node:url");

const shim = globalThis[Symbol.for("sluice.shim")];
const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const base = "/2018-06-01/runtime";
let requestId;

function call(method, target, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
    const options = {
      host,
      port,
      path: target,
      method,
      agent,
      headers: { "x-sluice-runtime": "1", ...headers, ...length },
    };
    const request = http.request(options, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () =>
        resolve({ headers: response.headers, body: Buffer.concat(chunks).toString("utf8") }),
      );
    });
    request.on("error", reject);
    request.end(body);
  });
}

shim.hooks.sleep = async (at) => Number((await call("POST", "/_sluice/sleep", String(at))).body);

/** Console lines carry time, request id and level, as in AWS's text format. */
function patchConsole() {
  const { format } = require("node:util");
  const json = process.env.AWS_LAMBDA_LOG_FORMAT === "JSON";
  const levels = { log: "INFO", info: "INFO", warn: "WARN", error: "ERROR", debug: "DEBUG", trace: "TRACE" };
  for (const [method, level] of Object.entries(levels)) {
    console[method] = (...args) => {
      const timestamp = new Date().toISOString();
      const message = format(...args);
      const line = json
        ? JSON.stringify({ timestamp, level, requestId, message })
        : `${timestamp}\t${requestId ?? "undefined"}\t${level}\t${message.replaceAll("\n", "\r")}`;
      process.stdout.write(`${line}\n`);
    };
  }
}

function describe(error) {
  return JSON.stringify({
    errorType: error?.name ?? "Error",
    errorMessage: error?.message ?? String(error),
    trace: String(error?.stack ?? "").split("\n"),
  });
}

async function load() {
  const [file, name] = process.env._HANDLER.split(/\.(?=[^.]+$)/);
  const root = path.resolve(process.env.LAMBDA_TASK_ROOT, file);
  const found = [".mjs", ".js", ".cjs"]
    .map((extension) => root + extension)
    .find((candidate) => fs.existsSync(candidate));
  if (!found)
    throw Object.assign(new Error(`Error: Cannot find module '${file}'`), {
      name: "Runtime.ImportModuleError",
    });
  const module = await import(pathToFileURL(found).href);
  const handler = module[name] ?? module.default?.[name];
  if (typeof handler !== "function")
    throw Object.assign(new Error(`${process.env._HANDLER} is undefined or not exported`), {
      name: "Runtime.HandlerNotFound",
    });
  return handler;
}

function contextOf(headers, deadline) {
  return {
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: false,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

async function main() {
  patchConsole();
  const began = process.hrtime.bigint();
  let handler;
  try {
    handler = await load();
  } catch (error) {
    console.error("Init Error", describe(error));
    await call("POST", `${base}/init/error`, describe(error), {
      "lambda-runtime-function-error-type": "Runtime.ImportModuleError",
    });
    process.exit(1);
  }
  let isFirst = true;
  const loadMilliseconds = Number(process.hrtime.bigint() - began) / 1e6;
  for (;;) {
    const next = await call("GET", `${base}/invocation/next`, undefined, {
      "x-sluice-load-ms": loadMilliseconds.toFixed(3),
    });
    requestId = next.headers["lambda-runtime-aws-request-id"];
    const context = contextOf(next.headers, Number(next.headers["lambda-runtime-deadline-ms"]));
    shim.begin(Number(next.headers["x-sluice-now"]), Number(next.headers["x-sluice-seed"]));
    let outcome;
    let failure;
    try {
      outcome = JSON.stringify((await handler(JSON.parse(next.body), context)) ?? null);
    } catch (error) {
      failure = error ?? new Error("undefined was thrown");
      console.error("Invoke Error", describe(failure));
    }
    shim.end();
    // Everything printed so far has left the process before these marks: the host waits for them.
    process.stdout.write(`\u0000${requestId}\n`);
    process.stderr.write(`\u0000${requestId}\n`);
    const target = `${base}/invocation/${requestId}`;
    if (failure)
      await call("POST", `${target}/error`, describe(failure), {
        "lambda-runtime-function-error-type": "Unhandled",
      });
    else await call("POST", `${target}/response`, outcome);
    // Environments are killed, and Node keeps what it compiled at an orderly exit only; after an invocation most of it is compiled.
    if (isFirst) flushCompileCache();
    isFirst = false;
  }
}

main().catch((error) => {
  process.stderr.write(`${error?.stack ?? error}\n`);
  process.exit(1);
});
