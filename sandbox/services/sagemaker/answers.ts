/** Errors and pages in SageMaker's shape. */
import { ServiceError } from "../../kernel/types.ts";

export const validation = (message: string): ServiceError => new ServiceError("ValidationException", message);
export const inUse = (message: string): ServiceError => new ServiceError("ResourceInUse", message);

export interface PageInput {
  readonly NextToken?: string;
  readonly MaxResults?: number;
  readonly SortOrder?: string;
}

/** One page of `items` and the token of the next. Tokens are offsets; a foreign token is refused. */
export function page<T>(
  items: readonly T[],
  input: PageInput,
  size = 10,
): { items: T[]; NextToken?: string } {
  const start = input.NextToken === undefined ? 0 : Number(input.NextToken);
  if (!Number.isInteger(start) || start < 0) throw validation("Invalid NextToken.");
  const end = start + (input.MaxResults ?? size);
  return { items: items.slice(start, end), ...(end < items.length ? { NextToken: String(end) } : {}) };
}
