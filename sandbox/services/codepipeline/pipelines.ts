/** Pipelines: create, get, update, delete, list, tags. */
import { type Kernel, type Operation, type RequestContext, ServiceError } from "../../kernel/types.ts";
import type { PipelineDeclaration } from "./declaration.ts";
import { checkDeclaration } from "./validate.ts";

// biome-ignore lint/suspicious/noExplicitAny: inputs are checked against AWS's service model before they arrive
type Input = any;

export interface StoredPipeline {
  readonly created: Date;
  updated: Date;
  declaration: PipelineDeclaration;
  readonly versions: Map<number, PipelineDeclaration>;
}

/** Told when a pipeline appears or goes, because creation runs it and deletion ends its runs. */
export interface PipelineListener {
  created(pipeline: StoredPipeline, context: RequestContext): void;
  deleted(name: string): void;
}

/** One page of a list. Throws InvalidNextTokenException for a foreign token. */
export function page<T>(
  items: readonly T[],
  input: { nextToken?: string; maxResults?: number },
): { items: T[]; nextToken?: string } {
  const start = input.nextToken === undefined ? 0 : Number(input.nextToken);
  if (!Number.isInteger(start) || start < 0)
    throw new ServiceError("InvalidNextTokenException", "The next token is not valid.");
  const end = start + (input.maxResults ?? 100);
  return { items: items.slice(start, end), ...(end < items.length ? { nextToken: String(end) } : {}) };
}

export class PipelineStore {
  readonly byName = new Map<string, StoredPipeline>();
  private readonly tags = new Map<string, Map<string, string>>();
  private readonly kernel: Kernel;
  private readonly listener: PipelineListener;

  constructor(kernel: Kernel, listener: PipelineListener) {
    this.kernel = kernel;
    this.listener = listener;
  }

  arn(name: string): string {
    return `arn:aws:codepipeline:${this.kernel.region}:${this.kernel.accountId}:${name}`;
  }

  /** Throws PipelineNotFoundException. */
  get(name: string): StoredPipeline {
    const found = this.byName.get(name);
    if (!found) {
      throw new ServiceError(
        "PipelineNotFoundException",
        `Account '${this.kernel.accountId}' does not have a pipeline with name '${name}'`,
      );
    }
    return found;
  }

  operations(): Record<string, Operation> {
    return {
      CreatePipeline: (input, context) => this.create(input, context),
      UpdatePipeline: (input) => this.update(input),
      GetPipeline: (input) => {
        const found = this.get(input.name);
        const pipeline = input.version === undefined ? found.declaration : found.versions.get(input.version);
        if (!pipeline)
          throw new ServiceError(
            "PipelineVersionNotFoundException",
            `Pipeline '${input.name}' has no version ${input.version}`,
          );
        return {
          pipeline,
          metadata: { pipelineArn: this.arn(input.name), created: found.created, updated: found.updated },
        };
      },
      DeletePipeline: (input) => {
        if (this.byName.delete(input.name)) this.listener.deleted(input.name);
        this.tags.delete(this.arn(input.name));
        return {};
      },
      ListPipelines: (input) => {
        const { items, nextToken } = page([...this.byName.values()], input);
        const pipelines = items.map(
          ({ declaration: { name, version, pipelineType, executionMode }, created, updated }) => ({
            name,
            version,
            pipelineType,
            executionMode,
            created,
            updated,
          }),
        );
        return { pipelines, nextToken };
      },
      ListTagsForResource: (input) => {
        const tags = [...(this.tagsOf(input.resourceArn) ?? [])].map(([key, value]) => ({ key, value }));
        return { tags };
      },
      TagResource: (input) => {
        for (const { key, value } of input.tags) this.tagsOf(input.resourceArn).set(key, value);
        return {};
      },
      UntagResource: (input) => {
        for (const key of input.tagKeys) this.tagsOf(input.resourceArn).delete(key);
        return {};
      },
    };
  }

  private tagsOf(arn: string): Map<string, string> {
    const tags = this.tags.get(arn);
    if (!tags) throw new ServiceError("ResourceNotFoundException", `The resource ${arn} was not found.`);
    return tags;
  }

  private create(input: Input, context: RequestContext): object {
    const declaration = { ...checkDeclaration(input.pipeline, this.kernel.region), version: 1 };
    if (this.byName.has(declaration.name)) {
      throw new ServiceError(
        "PipelineNameInUseException",
        `A pipeline with the name '${declaration.name}' already exists in account '${this.kernel.accountId}'`,
      );
    }
    this.checkRoles(declaration);
    const now = new Date(this.kernel.clock.now());
    const stored: StoredPipeline = {
      created: now,
      updated: now,
      declaration,
      versions: new Map([[1, declaration]]),
    };
    this.byName.set(declaration.name, stored);
    const tags = (input.tags ?? []).map(
      ({ key, value }: { key: string; value: string }) => [key, value] as const,
    );
    this.tags.set(this.arn(declaration.name), new Map(tags));
    this.listener.created(stored, context);
    return { pipeline: declaration, tags: input.tags ?? [] };
  }

  /** A new version; running executions go on in the structure they started with. */
  private update(input: Input): object {
    const found = this.get(input.pipeline.name);
    const declaration = {
      ...checkDeclaration(input.pipeline, this.kernel.region),
      version: found.declaration.version + 1,
    };
    this.checkRoles(declaration);
    found.declaration = declaration;
    found.versions.set(declaration.version, declaration);
    found.updated = new Date(this.kernel.clock.now());
    return { pipeline: declaration };
  }

  private checkRoles(declaration: PipelineDeclaration): void {
    if (this.kernel.canAssume(declaration.roleArn, "codepipeline.amazonaws.com")) return;
    throw new ServiceError(
      "InvalidStructureException",
      `CodePipeline is not authorized to perform AssumeRole on role ${declaration.roleArn}`,
    );
  }
}
