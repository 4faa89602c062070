/** What AWS said, for people: operation, code, message, status; and whether it means that something is gone. */

interface AwsFailure extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $fault?: string;
}

const GONE = new Set([
  "NoSuchBucket",
  "NoSuchKey",
  "NoSuchEntity",
  "NoSuchEntityException",
  "NoSuchBucketPolicy",
  "NoSuchLifecycleConfiguration",
  "NoSuchPublicAccessBlockConfiguration",
  "ServerSideEncryptionConfigurationNotFoundError",
  "OwnershipControlsNotFoundError",
  "NotFound",
  "NotFoundException",
  "ResourceNotFoundException",
  "ResourceNotFound",
  "QueueDoesNotExist",
  "AWS.SimpleQueueService.NonExistentQueue",
  "StateMachineDoesNotExist",
  "PipelineNotFoundException",
  "DashboardNotFoundError",
  "EntityNotFoundException",
  "PolicyNotFoundException",
]);

/** SageMaker has no error code of its own for "not there": it says so in a ValidationException. */
const GONE_MESSAGE = /could not find|does not exist|not found/i;

export function isGone(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (GONE.has(error.name)) return true;
  return error.name === "ValidationException" && GONE_MESSAGE.test(error.message);
}

/** The answer, or undefined when AWS says that the thing is not there. */
export async function orGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** `BucketAlreadyExists: … (HTTP 409)` */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const failure = error as AwsFailure;
  const status = failure.$metadata?.httpStatusCode;
  if (failure.$fault === undefined) return error.message;
  return `${error.name}: ${error.message}${status === undefined ? "" : ` (HTTP ${status})`}`;
}
