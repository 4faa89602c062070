/** Step Functions: standard state machines in JSONata. What it does not run it refuses when the machine is created. */
import type { Kernel, SandboxService } from "../../kernel/types.ts";
import { ExecutionStore } from "./executions.ts";
import { MachineStore } from "./machines.ts";

export function createStatesServices(kernel: Kernel): SandboxService[] {
  const machines = new MachineStore(kernel);
  const executions = new ExecutionStore(kernel, machines);
  return [
    {
      signingName: "states",
      modelName: "stepfunctions",
      operations: { ...machines.operations(), ...executions.operations() },
      resources: (action, input) => {
        if (action === "CreateStateMachine") return [machines.arn(String(input.name))];
        const arn = input.stateMachineArn ?? input.executionArn ?? input.resourceArn;
        return [typeof arn === "string" ? arn : "*"];
      },
      stop: async () => executions.stop(),
    },
  ];
}
