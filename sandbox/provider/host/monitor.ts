/** The resource monitor that the Pulumi SDK talks to, inside the program's own process: no engine, no network. */
import resource from "@pulumi/pulumi/proto/resource_pb.js";
import structs from "google-protobuf/google/protobuf/struct_pb.js";
import type { AwsClients } from "../clients.ts";
import type { Properties } from "../definition.ts";
import { functionResult } from "../functions.ts";
import { definitionOf } from "../registry.ts";
import type { Deployment, Registration } from "./deployment.ts";

type Answer = (error: Error | null, response?: unknown) => void;
/** The SDK types its stubs by generated classes; only these getters are used here. */
type RegisterRequest = InstanceType<typeof resource.RegisterResourceRequest>;
type ReadRequest = InstanceType<typeof resource.ReadResourceRequest>;
type InvokeRequest = InstanceType<typeof resource.ResourceInvokeRequest>;
type OutputsRequest = InstanceType<typeof resource.RegisterResourceOutputsRequest>;

const STACK = "pulumi:pulumi:Stack";
const REFERENCE = "pulumi:pulumi:StackReference";

export interface MonitorOptions {
  readonly project: string;
  readonly stack: string;
  readonly clients: AwsClients;
  readonly deployment: Deployment;
  /** Outputs of another stack, by the last part of its name; undefined when it was never brought up. */
  readonly outputsOf: (stack: string) => Properties | undefined;
  /** Told of everything that fails, in the order in which it fails. */
  readonly failed: (error: Error) => void;
}

const toStruct = (value: Properties) =>
  structs.Struct.fromJavaScript(JSON.parse(JSON.stringify(value)) as Record<string, structs.JavaScriptValue>);
const toObject = (struct: structs.Struct | undefined): Properties =>
  (struct?.toJavaScript() ?? {}) as Properties;

export class Monitor {
  readonly #options: MonitorOptions;
  /** Operations run one after the other, in the order of the program: the same program gives the same calls. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: MonitorOptions) {
    this.#options = options;
  }

  /** No optional feature is claimed: the SDK refuses by name what a program then cannot have, and works out all aliases itself. */
  getDeploymentInfo(_request: unknown, answer: Answer): void {
    answer(null, new resource.DeploymentInfo().setSupportedfeaturesList([]));
  }

  supportsFeature(_request: unknown, answer: Answer): void {
    answer(null, new resource.SupportsFeatureResponse().setHassupport(false));
  }

  registerPackage(_request: unknown, answer: Answer): void {
    answer(null, new resource.RegisterPackageResponse().setRef("sandbox"));
  }

  registerResource(request: RegisterRequest, answer: Answer): void {
    this.#inTurn(answer, async () => {
      const wanted = this.#registration(request);
      if (wanted.custom && wanted.type.startsWith("pulumi:providers:"))
        throw new Error(
          `${wanted.type} ${wanted.name}: providers made by the program are not supported in the sandbox: it has one account and one region`,
        );
      const { id, state } = await this.#options.deployment.register(wanted);
      return new resource.RegisterResourceResponse().setUrn(wanted.urn).setId(id).setObject(toStruct(state));
    });
  }

  readResource(request: ReadRequest, answer: Answer): void {
    this.#inTurn(answer, async () => {
      const [type, name, id] = [request.getType(), request.getName(), request.getId()];
      const urn = this.#urn(type, name, request.getParent());
      const properties =
        type === REFERENCE
          ? this.#reference(id)
          : await this.#get(type, name, id, toObject(request.getProperties()));
      return new resource.ReadResourceResponse().setUrn(urn).setProperties(toStruct(properties));
    });
  }

  registerResourceOutputs(request: OutputsRequest, answer: Answer): void {
    this.#inTurn(answer, async () => {
      if (request.getUrn().includes(`::${STACK}::`))
        this.#options.deployment.setOutputs(toObject(request.getOutputs()));
      return {};
    });
  }

  invoke(request: InvokeRequest, answer: Answer): void {
    this.#inTurn(answer, async () => {
      const found = functionResult(request.getTok(), this.#options.clients);
      return new resource.ResourceInvokeResponse().setReturn(toStruct(found));
    });
  }

  signalAndWaitForShutdown(_request: unknown, answer: Answer): void {
    answer(null, {});
  }

  /** The SDK closes its monitor when the program ends. */
  close(): void {
    this.#options.clients.close();
  }

  #inTurn(answer: Answer, run: () => Promise<unknown>): void {
    this.#last = this.#last.then(run).then(
      (response) => answer(null, response),
      (error: Error) => {
        this.#options.failed(error);
        answer(error);
      },
    );
  }

  #reference(name: string): Properties {
    const outputs = this.#options.outputsOf(name.split("/").at(-1) as string);
    if (!outputs)
      throw new Error(
        `stack ${name}: expected a stack that was brought up before ${this.#options.stack}, found none`,
      );
    return { name, outputs, secretOutputNames: [] };
  }

  async #get(type: string, name: string, id: string, state: Properties): Promise<Properties> {
    const definition = await definitionOf(type);
    const live = await definition.read(this.#options.clients, id, state);
    if (!live)
      throw new Error(`${type} ${name}: expected a resource with the id ${JSON.stringify(id)}, found none`);
    return { ...state, ...live };
  }

  #urn(type: string, name: string, parent: string): string {
    const parentType = parent.split("::")[2] ?? "";
    const qualified = parentType && parentType !== STACK ? `${parentType}$${type}` : type;
    return `urn:pulumi:${this.#options.stack}::${this.#options.project}::${qualified}::${name}`;
  }

  #registration(request: RegisterRequest): Registration {
    if (request.getImportid())
      throw new Error(`${request.getType()} ${request.getName()}: import is not supported in the sandbox`);
    return {
      urn: this.#urn(request.getType(), request.getName(), request.getParent()),
      type: request.getType(),
      name: request.getName(),
      custom: request.getCustom(),
      inputs: toObject(request.getObject()),
      protect: request.getProtect() ?? false,
      retainOnDelete: request.getRetainondelete() ?? false,
      ignoreChanges: request.getIgnorechangesList(),
      replaceOnChanges: request.getReplaceonchangesList(),
      deleteBeforeReplace: request.getDeletebeforereplacedefined()
        ? request.getDeletebeforereplace()
        : undefined,
      aliases: request.getAliasurnsList(),
    };
  }
}
