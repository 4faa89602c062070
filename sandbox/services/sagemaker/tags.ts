/** Tags of SageMaker resources by ARN. */
import type { Operation } from "../../kernel/types.ts";
import { page, validation } from "./answers.ts";

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

const limit = 50;

export class TagStore {
  private readonly byArn = new Map<string, Map<string, string>>();

  /** Throws ValidationException past 50 tags. */
  add(arn: string, tags: readonly Tag[] | undefined): void {
    if (!tags || tags.length === 0) return;
    const merged = new Map(this.byArn.get(arn));
    for (const { Key, Value } of tags) merged.set(Key, Value);
    if (merged.size > limit)
      throw validation(`A resource can have at most ${limit} tags, got ${merged.size}.`);
    this.byArn.set(arn, merged);
  }

  remove(arn: string, keys: readonly string[]): void {
    for (const key of keys) this.byArn.get(arn)?.delete(key);
  }

  forget(arn: string): void {
    this.byArn.delete(arn);
  }

  list(arn: string): Tag[] {
    return [...(this.byArn.get(arn) ?? [])].map(([Key, Value]) => ({ Key, Value }));
  }

  /** As events carry them. */
  asObject(arn: string): Record<string, string> {
    return Object.fromEntries(this.byArn.get(arn) ?? []);
  }
}

export function tagOperations(tags: TagStore, exists: (arn: string) => boolean): Record<string, Operation> {
  const known = (arn: string): string => {
    if (!exists(arn)) throw validation(`Could not find resource "${arn}".`);
    return arn;
  };
  return {
    AddTags: (input) => {
      tags.add(known(input.ResourceArn), input.Tags);
      return { Tags: tags.list(input.ResourceArn) };
    },
    DeleteTags: (input) => {
      tags.remove(known(input.ResourceArn), input.TagKeys);
      return {};
    },
    ListTags: (input) => {
      const { items, NextToken } = page(tags.list(known(input.ResourceArn)), input, 50);
      return { Tags: items, NextToken };
    },
  };
}
