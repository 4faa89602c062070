/** What the parent process and a stack's process say to each other. */
import type { Properties } from "../definition.ts";
import type { Summary } from "./deployment.ts";

export type StackOperation = "up" | "preview" | "destroy" | "refresh";

export interface ChildJob {
  readonly operation: StackOperation;
  /** Module that exports `program(): Promise<Record<string, unknown>>`. */
  readonly program: string;
  readonly project: string;
  readonly stack: string;
  /** Full keys, values as Pulumi gives them to programs: text as it is, everything else as JSON. */
  readonly config: Readonly<Record<string, string>>;
  readonly gatewayUrl: string;
  readonly accountId: string;
  readonly stateDirectory: string;
}

export interface DeployedResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly id: string;
  readonly state: Properties;
}

export interface StackResult {
  readonly outputs: Properties;
  readonly summary: Summary;
  readonly resources: readonly DeployedResource[];
  /** What failed, in order; empty when the operation succeeded. What was done before stays recorded. */
  readonly failures: readonly string[];
}

export type ChildMessage =
  | { readonly kind: "log"; readonly line: string }
  | { readonly kind: "wait"; readonly id: number; readonly seconds: number }
  | { readonly kind: "result"; readonly result: StackResult }
  | { readonly kind: "error"; readonly message: string };

export type ParentMessage =
  | { readonly kind: "job"; readonly job: ChildJob }
  | { readonly kind: "waited"; readonly id: number };
