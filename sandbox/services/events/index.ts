import type { SandboxKernel } from "../../kernel/kernel.ts";
import type { SandboxService } from "../../kernel/types.ts";
import { Buses } from "./buses.ts";
import { busOperations, busPolicy } from "./busOperations.ts";
import { ruleOperations } from "./ruleOperations.ts";

/** EventBridge: buses, rules, patterns, transformers, schedules, retries and dead letters. */
export function createEventsServices(kernel: SandboxKernel): SandboxService[] {
  const buses = new Buses(kernel);
  kernel.provide({ emitEvent: (event) => void buses.publish(buses.get("default"), event) });
  kernel.authorizer.addResourcePolicies((arn) => {
    const name = /^arn:aws:events:[^:]*:\d+:event-bus\/(.+)$/.exec(arn)?.[1];
    const bus = name === undefined ? undefined : buses.buses.get(name);
    return bus && busPolicy(bus);
  });
  return [
    {
      signingName: "events",
      modelName: "events",
      operations: { ...busOperations(kernel, buses), ...ruleOperations(kernel, buses) },
      resources: (action, input) => resources(kernel, buses, action, input),
    },
  ];
}

function resources(
  kernel: SandboxKernel,
  buses: Buses,
  action: string,
  input: Record<string, unknown>,
): readonly string[] {
  const bus = (reference: unknown) => String(reference ?? "default").replace(/^arn:.*:event-bus\//, "");
  const busArn = (reference: unknown) =>
    String(reference).startsWith("arn:")
      ? String(reference)
      : `arn:aws:events:${kernel.region}:${kernel.accountId}:event-bus/${bus(reference)}`;
  if (typeof input.ResourceARN === "string") return [input.ResourceARN];
  if (action === "PutEvents")
    return [
      ...new Set(
        (input.Entries as readonly Record<string, unknown>[]).map((entry) => busArn(entry.EventBusName)),
      ),
    ];
  if (/EventBus$|Permission$/.test(action)) return [busArn(input.EventBusName ?? input.Name)];
  const rule = input.Rule ?? (action.endsWith("Rule") ? input.Name : undefined);
  return [typeof rule === "string" ? buses.ruleArn(bus(input.EventBusName), rule) : "*"];
}
