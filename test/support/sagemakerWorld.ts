/** A SageMaker service over the fake kernel, with small models to serve. */
import { createSagemakerServices, type SagemakerOptions } from "../../sandbox/services/sagemaker/index.ts";
import { createFakeKernel, type FakeKernel } from "./fakeKernel.ts";
import { testPython } from "./sandbox.ts";
import { tarball } from "./tarball.ts";

export const image = "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:3.2-0";
export const roleArn = "arn:aws:iam::000000000000:role/serving";

/** Serving code that answers with the sum of each row, and obeys words in the body: sleep:<seconds>, fail, refuse. */
export const inference = `
import os, time
def model_fn(model_dir):
    return open(os.path.join(model_dir, "name.txt")).read()
def input_fn(body, content_type):
    if body.startswith("sleep:"):
        time.sleep(float(body[6:].split(",")[0]))
        return [[0.0]]
    if body.startswith("fail"):
        raise RuntimeError("model is broken")
    if body.startswith("refuse"):
        error = ValueError("bad row"); error.status_code = 400
        raise error
    if body.startswith("die"):
        os._exit(3)
    return [[float(x) for x in line.split(",")] for line in body.strip().split("\\n")]
def predict_fn(rows, model):
    return [sum(row) for row in rows]
def output_fn(scores, accept, context):
    context.set_response_header(0, "X-Amzn-SageMaker-Custom-Attributes", "model=" + "NAME")
    return "".join(f"{s}\\n" for s in scores), "text/csv"
`;

export interface SagemakerWorld {
  readonly kernel: FakeKernel;
  /** Calls the control plane. */
  // biome-ignore lint/suspicious/noExplicitAny: outputs have the shape of AWS's service model
  sm(action: string, input: object): Promise<any>;
  // biome-ignore lint/suspicious/noExplicitAny: outputs have the shape of AWS's service model
  invoke(input: object): Promise<any>;
  /** Puts an artifact into S3 and creates model and configuration of that name. */
  model(name: string, options?: { code?: string; config?: object; variant?: object }): Promise<void>;
  /** Creates an endpoint and waits until it serves. */
  endpoint(name: string, configName: string): Promise<void>;
  stop(): Promise<void>;
}

export async function createSagemakerWorld(options: SagemakerOptions = {}): Promise<SagemakerWorld> {
  const kernel = createFakeKernel({ python: await testPython() });
  kernel.register(createSagemakerServices(kernel, options));
  const world: SagemakerWorld = {
    kernel,
    sm: (action, input) => kernel.send("sagemaker", action, input),
    invoke: async (input) =>
      kernel.send("sagemaker-runtime", "InvokeEndpoint", { ContentType: "text/csv", ...input }),
    async model(name, { code, config, variant } = {}) {
      const uri = `s3://artifacts/${name}/model.tar.gz`;
      kernel.objects.set(
        uri,
        await tarball({
          "name.txt": name,
          "code/inference.py": (code ?? inference).replace('"NAME"', `"${name}"`),
        }),
      );
      await world.sm("CreateModel", {
        ModelName: name,
        ExecutionRoleArn: roleArn,
        PrimaryContainer: {
          Image: image,
          ModelDataUrl: uri,
          Environment: {
            SAGEMAKER_PROGRAM: "inference.py",
            SAGEMAKER_SUBMIT_DIRECTORY: "/opt/ml/model/code",
          },
        },
      });
      await world.sm("CreateEndpointConfig", {
        EndpointConfigName: name,
        ProductionVariants: [
          {
            VariantName: "primary",
            ModelName: name,
            InstanceType: "ml.m5.large",
            InitialInstanceCount: 2,
            ...variant,
          },
        ],
        ...config,
      });
    },
    async endpoint(name, configName) {
      await world.sm("CreateEndpoint", { EndpointName: name, EndpointConfigName: configName });
      await kernel.clock.advance(600_000);
    },
    stop: () => kernel.stop(),
  };
  return world;
}
