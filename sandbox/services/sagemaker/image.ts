/** Which images the sandbox plays. */
import { ServiceError } from "../../kernel/types.ts";

const played = /(^|\/)sagemaker-xgboost:3\.2-0$/;

/** Refuses an image that no local program stands for; throws ValidationException. */
export function requirePlayedImage(field: string, image: string): void {
  if (played.test(image)) return;
  throw new ServiceError(
    "ValidationException",
    `${field}: the Sluice sandbox plays the image sagemaker-xgboost:3.2-0 only, got ${JSON.stringify(image)}`,
  );
}
