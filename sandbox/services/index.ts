import type { SandboxKernel } from "../kernel/kernel.ts";
import type { Kernel, SandboxService } from "../kernel/types.ts";
import { createApplicationAutoScaling } from "./applicationautoscaling/index.ts";
import { createCloudWatch } from "./cloudwatch/index.ts";
import { type CodeBuildOptions, createCodebuildServices } from "./codebuild/index.ts";
import { createCodepipelineServices } from "./codepipeline/index.ts";
import { createEventsServices } from "./events/index.ts";
import { createIamServices } from "./iam/index.ts";
import { createLambdaServices } from "./lambda/index.ts";
import type { LambdaOptions } from "./lambda/options.ts";
import { createLogsServices, type LogLine, LogStore } from "./logs/index.ts";
import { Ministack } from "./ministack/child.ts";
import { createMinistackServices } from "./ministack/index.ts";
import { createS3Client } from "./s3/client.ts";
import { S3Proxy } from "./s3/proxy.ts";
import { createSagemakerServices, type SagemakerOptions } from "./sagemaker/index.ts";
import { createSchedulerServices } from "./scheduler/index.ts";
import { createSnsServices } from "./sns/index.ts";
import type { Message } from "./sns/topics.ts";
import { createStatesServices } from "./states/index.ts";

export interface BuiltInOptions {
  readonly ministack: boolean;
  readonly lambda?: LambdaOptions;
  readonly sagemaker?: SagemakerOptions;
  readonly codebuild?: CodeBuildOptions;
  readonly register?: (kernel: Kernel) => readonly SandboxService[];
}

/** What the sandbox shows of its services besides their API. */
export interface BuiltIn {
  /** Lines of a log group in the order of their arrival. */
  logs(group: string): readonly LogLine[];
  /** Everything that was published to SNS topics. */
  messages(): readonly Message[];
}

/** Makes every service that the sandbox brings and ties them to the kernel. */
export async function createBuiltInServices(
  kernel: SandboxKernel,
  options: BuiltInOptions,
): Promise<BuiltIn> {
  const logs = new LogStore(kernel);
  const { services: cloudwatch, metrics, alarms } = createCloudWatch(kernel);
  kernel.provide({
    putLog: (group, stream, message) => logs.append(group, stream, message),
    putMetric: (datum) => metrics.put(datum, kernel.clock.now()),
    alarms: { get: (name) => alarms.get(name), onTransition: (listener) => alarms.onTransition(listener) },
  });
  const sns = createSnsServices(kernel);
  const autoscaling = createApplicationAutoScaling(kernel);
  kernel.register([
    ...createIamServices(kernel),
    ...createLambdaServices(kernel, options.lambda),
    ...createLogsServices(kernel, logs),
    ...cloudwatch,
    ...createEventsServices(kernel),
    ...createSchedulerServices(kernel),
    ...sns.services,
    ...autoscaling.services,
  ]);
  if (options.ministack) {
    const ministack = await Ministack.start(kernel);
    const { services, keys } = createMinistackServices(kernel, ministack);
    kernel.register(services);
    const s3 = new S3Proxy(kernel, ministack, keys);
    kernel.raw.set("s3", s3);
    kernel.provide(createS3Client(kernel, s3));
  }
  kernel.register(options.register?.(kernel) ?? []);
  const machineLearning = [
    ...createSagemakerServices(kernel, options.sagemaker, autoscaling.scaling),
    ...createStatesServices(kernel),
    ...createCodepipelineServices(kernel),
    ...createCodebuildServices(kernel, options.codebuild),
  ];
  // A caller's own service of the same model takes the place of the built-in one.
  const registered = new Set(kernel.dispatcher.services.map((service) => service.modelName));
  kernel.register(machineLearning.filter((service) => !registered.has(service.modelName)));
  return { logs: (group) => logs.lines(group), messages: sns.messages };
}
