import type { SandboxKernel } from "../kernel/kernel.ts";
import { createCloudWatch } from "./cloudwatch/index.ts";
import { createIamServices } from "./iam/index.ts";
import { createLambdaServices, type LambdaOptions } from "./lambda/index.ts";
import { createLogsServices, type LogLine, LogStore } from "./logs/index.ts";
import { Ministack } from "./ministack/child.ts";
import { createMinistackServices } from "./ministack/index.ts";
import { createS3Client } from "./s3/client.ts";
import { S3Proxy } from "./s3/proxy.ts";

/** What the sandbox shows of its services besides their API. */
export interface BuiltIn {
  /** Lines of a log group in the order of their arrival. */
  logs(group: string): readonly LogLine[];
}

/** Makes every service that the sandbox brings and ties them to the kernel. */
export async function createBuiltInServices(
  kernel: SandboxKernel,
  options: { ministack: boolean; lambda?: LambdaOptions },
): Promise<BuiltIn> {
  const logs = new LogStore(kernel);
  const { services: cloudwatch, metrics, alarms } = createCloudWatch(kernel);
  kernel.provide({
    putLog: (group, stream, message) => logs.append(group, stream, message),
    putMetric: (datum) => metrics.put(datum, kernel.clock.now()),
    alarms: { get: (name) => alarms.get(name), onTransition: (listener) => alarms.onTransition(listener) },
  });
  kernel.register([
    ...createIamServices(kernel),
    ...createLambdaServices(kernel, options.lambda),
    ...createLogsServices(kernel, logs),
    ...cloudwatch,
  ]);
  if (options.ministack) {
    const ministack = await Ministack.start(kernel);
    const { services, keys } = createMinistackServices(kernel, ministack);
    kernel.register(services);
    const s3 = new S3Proxy(kernel, ministack, keys);
    kernel.raw.set("s3", s3);
    kernel.provide(createS3Client(kernel, s3));
  }
  return { logs: (group) => logs.lines(group) };
}
