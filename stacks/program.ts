/** Runs the program of the stack's role. */

import { stackContext } from "./context.ts";
import { delivery } from "./delivery.ts";
import { environment } from "./environment.ts";
import { foundation } from "./foundation.ts";

export async function program(): Promise<Record<string, unknown>> {
  const context = stackContext();
  const programs = { foundation, environment, delivery };
  return { sluice: await programs[context.settings.role](context) };
}
