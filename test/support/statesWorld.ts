/** Step Functions over the fake kernel. */
import { createStatesServices } from "../../sandbox/services/states/index.ts";
import { createFakeKernel, type FakeKernel } from "./fakeKernel.ts";

export interface StatesWorld {
  readonly kernel: FakeKernel;
  // biome-ignore lint/suspicious/noExplicitAny: outputs have the shape of AWS's service model
  sfn(action: string, input: object): Promise<any>;
  /** Creates a machine of these states and returns its ARN. */
  machine(name: string, startAt: string, states: object, top?: object): Promise<string>;
  /** Starts an execution, lets `milliseconds` pass, and describes it. */
  // biome-ignore lint/suspicious/noExplicitAny: outputs have the shape of AWS's service model
  run(machineArn: string, input?: unknown, milliseconds?: number): Promise<any>;
  /** Answers `lambda:Invoke` with what `answer` returns, or with the function error that it throws. */
  onInvoke(answer: (payload: unknown, functionName: string) => unknown): void;
}

export function createStatesWorld(): StatesWorld {
  const kernel = createFakeKernel();
  kernel.register(createStatesServices(kernel));
  const sfn: StatesWorld["sfn"] = (action, input) => kernel.send("stepfunctions", action, input);
  return {
    kernel,
    sfn,
    async machine(name, startAt, states, top = {}) {
      const definition = JSON.stringify({
        QueryLanguage: "JSONata",
        StartAt: startAt,
        States: states,
        ...top,
      });
      const created = await sfn("CreateStateMachine", {
        name,
        roleArn: "arn:aws:iam::000000000000:role/states",
        definition,
      });
      return created.stateMachineArn;
    },
    async run(stateMachineArn, input = {}, milliseconds = 86_400_000) {
      const { executionArn } = await sfn("StartExecution", { stateMachineArn, input: JSON.stringify(input) });
      await kernel.clock.advance(milliseconds);
      return sfn("DescribeExecution", { executionArn });
    },
    onInvoke(answer) {
      kernel.stubs.set("lambda:Invoke", (input) => {
        const payload = input.Payload
          ? JSON.parse(Buffer.from(input.Payload as Uint8Array).toString())
          : undefined;
        try {
          const result = answer(payload, String(input.FunctionName));
          return { StatusCode: 200, Payload: Buffer.from(JSON.stringify(result ?? null)) };
        } catch (problem) {
          const { name, message } = problem as Error;
          const text = JSON.stringify({ errorType: name, errorMessage: message });
          return { StatusCode: 200, FunctionError: "Unhandled", Payload: Buffer.from(text) };
        }
      });
    },
  };
}
