/** What the sandbox and its spawner say to each other over their IPC channel. */

export interface StartRequest {
  readonly id: number;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>> | undefined;
  /** One per file descriptor of the child, from 0 on. */
  readonly stdio: readonly ("pipe" | "ignore")[];
}

export type SpawnerReport =
  | { readonly started: number; readonly pid: number }
  | { readonly failed: number; readonly code: string | undefined; readonly message: string }
  | { readonly exited: number; readonly code: number | null; readonly signal: NodeJS.Signals | null };
