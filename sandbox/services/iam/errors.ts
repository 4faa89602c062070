import { ServiceError } from "../../kernel/types.ts";

export function noSuchEntity(message: string): ServiceError {
  return new ServiceError("NoSuchEntity", message, { status: 404 });
}
