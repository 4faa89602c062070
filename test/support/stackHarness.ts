/**
 * Runs a whole stack program under Pulumi's mocks and records what it registers. Mocks prove inputs, names and counts; they do not prove
 * provider checks, replacement or `ignoreChanges` (the provider tests do). The SDK's state is global: one program a process.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";

export interface Recorded {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
  readonly options: pulumi.CustomResourceOptions;
}

export const ROOT = join(import.meta.dirname, "..", "..");

/** Settings as `Pulumi.<stack>.yaml` gives them, in the form that the engine hands to a program. */
export function stackConfig(stack: string, overrides: Record<string, string> = {}): Record<string, string> {
  const file = parse(readFileSync(join(ROOT, "stacks", `Pulumi.${stack}.yaml`), "utf8")) as {
    config: Record<string, unknown>;
  };
  const config = Object.fromEntries(
    Object.entries(file.config).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
  return { ...config, ...overrides };
}

const ACCOUNT = "000000000000";
const REGION = "eu-west-1";

export const OTHER_ACCOUNT = "222222222222";

/** Outputs of a foundation that lets nobody else in. */
export const FOUNDATION = {
  accountId: ACCOUNT,
  environmentAccounts: {},
  kmsKeyArn: `arn:aws:kms:${REGION}:${ACCOUNT}:key/k`,
  artifactBucket: "sluice-artifacts",
  dataBucket: "sluice-data",
  recordsTable: "sluice-records",
  recordsTableArn: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/sluice-records`,
  eventBusName: "sluice",
  eventBusArn: `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/sluice`,
  alertTopicArn: `arn:aws:sns:${REGION}:${ACCOUNT}:sluice-alerts`,
  deadLetterArn: `arn:aws:sqs:${REGION}:${ACCOUNT}:sluice-dead-letters`,
};
/** Outputs of an environment, by default of one in the foundation's account. */
export const environmentOf = (name: string, account = ACCOUNT) => ({
  environment: name,
  captureBucket: `sluice-${name}-captures`,
  rolloutStateMachineArn: `arn:aws:states:${REGION}:${account}:stateMachine:sluice-${name}-rollout`,
  verifyFunctionArn: `arn:aws:lambda:${REGION}:${account}:function:sluice-${name}-verify-endpoint`,
  verifyFunctionName: `sluice-${name}-verify-endpoint`,
  endpoints: {},
});
const OUTPUTS: Record<string, unknown> = {
  foundation: FOUNDATION,
  staging: environmentOf("staging"),
  prod: environmentOf("prod"),
};

export interface StackRun {
  readonly modelsFolder?: string;
  /** Outputs of other stacks, in the place of those that the harness gives. */
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** Registers everything and waits until no registration is left. */
export async function runStack(
  stack: string,
  overrides: Record<string, string> = {},
  { modelsFolder, outputs = {} }: StackRun = {},
): Promise<Recorded[]> {
  const recorded: Recorded[] = [];
  const options = new Map<string, pulumi.CustomResourceOptions>();
  await pulumi.runtime.setMocks(
    {
      newResource(args) {
        if (args.type === "pulumi:pulumi:StackReference") {
          const name = String(args.inputs.name).split("/").at(-1) as string;
          return { id: name, state: { ...args.inputs, outputs: { sluice: outputs[name] ?? OUTPUTS[name] } } };
        }
        recorded.push({
          type: args.type,
          name: args.name,
          inputs: args.inputs as Record<string, unknown>,
          options: options.get(`${args.type}/${args.name}`) ?? {},
        });
        return {
          id: `${args.name}-id`,
          state: {
            ...args.inputs,
            arn: `arn:aws:mock:${REGION}:${ACCOUNT}:${args.name}`,
            name: args.inputs.name ?? args.name,
            keyId: "k",
          },
        };
      },
      call: (args) => {
        throw Object.assign(new Error(`unmocked call ${args.token}`), {
          details: `unmocked call ${args.token}`,
        });
      },
    },
    "sluice",
    stack,
    false,
    "organization",
  );
  pulumi.runtime.setAllConfig(stackConfig(stack, overrides));
  await pulumi.runtime.runInPulumiStack(async () => {
    pulumi.runtime.registerStackTransformation((args) => {
      options.set(`${args.type}/${args.name}`, args.opts as pulumi.CustomResourceOptions);
      return undefined;
    });
    const { stackContext } = await import("../../stacks/context.ts");
    const programs = {
      foundation: (await import("../../stacks/foundation.ts")).foundation,
      environment: (await import("../../stacks/environment.ts")).environment,
      delivery: (await import("../../stacks/delivery.ts")).delivery,
    };
    const context = stackContext(modelsFolder);
    return { sluice: await programs[context.settings.role](context) };
  });
  let before = -1;
  while (before !== recorded.length) {
    before = recorded.length;
    await pulumi.runtime.disconnect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return recorded;
}
