import type { SandboxKernel } from "../kernel/kernel.ts";
import { createIamServices } from "./iam/index.ts";
import { Ministack } from "./ministack/child.ts";
import { createMinistackServices } from "./ministack/index.ts";
import { createS3Client } from "./s3/client.ts";
import { S3Proxy } from "./s3/proxy.ts";

/** Makes every service that the sandbox brings and ties them to the kernel. */
export async function createBuiltInServices(
  kernel: SandboxKernel,
  options: { ministack: boolean },
): Promise<void> {
  kernel.register(createIamServices(kernel));
  if (options.ministack) {
    const ministack = await Ministack.start(kernel);
    const { services, keys } = createMinistackServices(kernel, ministack);
    kernel.register(services);
    const s3 = new S3Proxy(kernel, ministack, keys);
    kernel.raw.set("s3", s3);
    kernel.provide({ s3: createS3Client(kernel, s3) });
  }
}
