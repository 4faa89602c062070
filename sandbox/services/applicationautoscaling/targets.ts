/** Scalable targets: variants of SageMaker endpoints whose instances may be counted up and down. */
import type { SandboxKernel } from "../../kernel/kernel.ts";
import { type AwsOutput, ServiceError } from "../../kernel/types.ts";

export interface TargetId {
  readonly ServiceNamespace: string;
  readonly ResourceId: string;
  readonly ScalableDimension: string;
}

export interface ScalableTarget extends TargetId {
  readonly arn: string;
  readonly created: Date;
  readonly endpointName: string;
  readonly variantName: string;
  minimum: number;
  maximum: number;
}

interface RegisterInput extends TargetId {
  readonly MinCapacity?: number;
  readonly MaxCapacity?: number;
}

const DIMENSION = "sagemaker:variant:DesiredInstanceCount";

export class TargetStore {
  readonly #kernel: SandboxKernel;
  readonly #targets = new Map<string, ScalableTarget>();

  constructor(kernel: SandboxKernel) {
    this.#kernel = kernel;
  }

  all(): readonly ScalableTarget[] {
    return [...this.#targets.values()];
  }

  has(endpointName: string, variantName: string): boolean {
    return this.#targets.has(`endpoint/${endpointName}/variant/${variantName}`);
  }

  /** @throws ObjectNotFoundException when it was not registered */
  get(id: TargetId): ScalableTarget {
    checkDimension(id);
    const target = this.#targets.get(id.ResourceId);
    if (!target)
      throw new ServiceError(
        "ObjectNotFoundException",
        `No scalable target found for service namespace: ${id.ServiceNamespace}, resource ID: ${id.ResourceId}, scalable dimension: ${id.ScalableDimension}`,
      );
    return target;
  }

  async register(input: RegisterInput): Promise<ScalableTarget> {
    checkDimension(input);
    const known = this.#targets.get(input.ResourceId);
    const minimum = input.MinCapacity ?? known?.minimum;
    const maximum = input.MaxCapacity ?? known?.maximum;
    if (minimum === undefined || maximum === undefined)
      throw invalid("MinCapacity and MaxCapacity must be provided to register a scalable target");
    if (minimum > maximum)
      throw invalid(`expected MinCapacity at most MaxCapacity, got ${minimum} and ${maximum}`);
    const target = known ?? (await this.#create(input, minimum, maximum));
    Object.assign(target, { minimum, maximum });
    this.#targets.set(input.ResourceId, target);
    return target;
  }

  async #create(input: RegisterInput, minimum: number, maximum: number): Promise<ScalableTarget> {
    const [, endpointName, variantName] =
      /^endpoint\/([^/]+)\/variant\/([^/]+)$/.exec(input.ResourceId) ?? [];
    if (endpointName === undefined || variantName === undefined)
      throw invalid(`ResourceId: expected endpoint/<name>/variant/<name>, got ${input.ResourceId}`);
    await variantOf(this.#kernel, endpointName, variantName);
    const { region, accountId } = this.#kernel;
    return {
      ServiceNamespace: input.ServiceNamespace,
      ResourceId: input.ResourceId,
      ScalableDimension: input.ScalableDimension,
      arn: `arn:aws:application-autoscaling:${region}:${accountId}:scalable-target/${this.#kernel.uuid()}`,
      created: new Date(this.#kernel.clock.now()),
      endpointName,
      variantName,
      minimum,
      maximum,
    };
  }

  remove(target: ScalableTarget): void {
    this.#targets.delete(target.ResourceId);
  }
}

/** The variant as SageMaker describes it. @throws ValidationException when there is none */
export async function variantOf(
  kernel: SandboxKernel,
  endpointName: string,
  variantName: string,
): Promise<{ readonly DesiredInstanceCount: number; readonly EndpointStatus: string }> {
  // By AWS's own service-linked role: nobody here gives it permissions.
  const endpoint: AwsOutput = await kernel.callAsSandbox("sagemaker", "DescribeEndpoint", {
    EndpointName: endpointName,
  });
  const variant = (endpoint.ProductionVariants ?? []).find(
    (one: { VariantName: string }) => one.VariantName === variantName,
  );
  if (!variant) throw invalid(`endpoint ${endpointName} has no variant ${variantName}`);
  return { ...variant, EndpointStatus: endpoint.EndpointStatus };
}

function checkDimension({ ServiceNamespace, ScalableDimension }: TargetId): void {
  if (ServiceNamespace !== "sagemaker" || ScalableDimension !== DIMENSION)
    throw new ServiceError(
      "NotImplemented",
      `the Sluice sandbox does not support application-autoscaling of ${ServiceNamespace} ${ScalableDimension}; use sagemaker ${DIMENSION}`,
      { status: 501 },
    );
}

export const invalid = (message: string): ServiceError => new ServiceError("ValidationException", message);
