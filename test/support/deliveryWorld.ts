/** CodeBuild, CodePipeline and Step Functions over the fake kernel, with a versioned bucket in memory. */
import { zipSync } from "fflate";
import { ServiceError } from "../../sandbox/kernel/types.ts";
import { createCodebuildServices } from "../../sandbox/services/codebuild/index.ts";
import { createCodepipelineServices } from "../../sandbox/services/codepipeline/index.ts";
import type { OpenStore } from "../../sandbox/services/codepipeline/storage.ts";
import { createStatesServices } from "../../sandbox/services/states/index.ts";
import { createFakeKernel, type FakeKernel } from "./fakeKernel.ts";
import { testPython } from "./sandbox.ts";

/** A zip of texts. */
export const zipOf = (files: Readonly<Record<string, string>>): Uint8Array =>
  zipSync(Object.fromEntries(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)])));

export interface DeliveryWorld {
  readonly kernel: FakeKernel;
  // biome-ignore lint/suspicious/noExplicitAny: outputs have the shape of AWS's service model
  build(action: string, input: object): Promise<any>;
  // biome-ignore lint/suspicious/noExplicitAny: outputs have the shape of AWS's service model
  pipeline(action: string, input: object): Promise<any>;
  /** Creates a project with this inline buildspec. */
  project(name: string, buildspec: string, more?: object): Promise<void>;
}

export async function createDeliveryWorld(
  options: { watchdogMs?: number; versioned?: boolean } = {},
): Promise<DeliveryWorld> {
  const kernel = createFakeKernel({ python: await testPython() });
  const openStore: OpenStore = (roleArn) => {
    const as = { roleArn, service: "codepipeline.amazonaws.com" };
    return {
      head: async (bucket, key) => {
        const body = await kernel.s3.get(`s3://${bucket}/${key}`, as);
        return { versionId: options.versioned === false ? undefined : `v${body.length}`, etag: "etag" };
      },
      get: (bucket, key) => kernel.s3.get(`s3://${bucket}/${key}`, as),
      put: (bucket, key, body, kmsKeyId) => {
        if (kmsKeyId && kernel.denied.has("kms:GenerateDataKey"))
          throw new ServiceError("AccessDenied", "no key", { status: 403 });
        return kernel.s3.put(`s3://${bucket}/${key}`, body, as);
      },
    };
  };
  kernel.register(
    createCodebuildServices(
      kernel,
      options.watchdogMs === undefined ? {} : { watchdogMs: options.watchdogMs },
    ),
  );
  kernel.register(createStatesServices(kernel));
  kernel.register(createCodepipelineServices(kernel, { openStore }));
  const build: DeliveryWorld["build"] = (action, input) => kernel.send("codebuild", action, input);
  return {
    kernel,
    build,
    pipeline: (action, input) => kernel.send("codepipeline", action, input),
    async project(name, buildspec, more = {}) {
      await build("CreateProject", {
        name,
        serviceRole: "arn:aws:iam::000000000000:role/build",
        source: { type: "NO_SOURCE", buildspec },
        artifacts: { type: "NO_ARTIFACTS" },
        environment: {
          type: "LINUX_CONTAINER",
          image: "aws/codebuild/standard:7.0",
          computeType: "BUILD_GENERAL1_SMALL",
        },
        ...more,
      });
    },
  };
}
