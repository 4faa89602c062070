import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../sandbox/index.ts";
import { ensurePython } from "../../sandbox/python/ensure.ts";

export const storyStart = new Date("2008-09-01T00:00:00Z");

/** Interpreter for tests: `SLUICE_PYTHON` if it is set, else the project's cached environment, made on first use. */
export async function testPython(): Promise<string> {
  const given = process.env.SLUICE_PYTHON;
  if (given !== undefined && existsSync(given)) return given;
  const cacheDirectory = path.join(import.meta.dirname, "../../.sluice/cache");
  return await ensurePython({ cacheDirectory, log: (line) => process.stderr.write(`${line}\n`) });
}

export interface TestSandbox extends Sandbox {
  /** Client configuration of an SDK v3 client, as the account's administrator or as a role. */
  client(roleArn?: string): ClientSettings;
  /** Makes a role that the services trust and that may do what `statements` say. */
  role(name: string, services: readonly string[], statements: readonly object[]): Promise<string>;
  readonly lines: readonly string[];
}

export interface ClientSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  readonly maxAttempts: number;
}

/** Starts a sandbox at the story's first day; `close` ends it and removes its folder. */
export async function startTestSandbox(options: Partial<SandboxOptions> = {}): Promise<TestSandbox> {
  const stateDirectory = mkdtempSync(path.join(tmpdir(), "sluice-test-"));
  const lines: string[] = [];
  const sandbox = await startSandbox({
    python: await testPython(),
    stateDirectory,
    start: storyStart,
    ministack: false,
    handleSignals: false,
    log: (line) => void lines.push(line),
    ...options,
  });
  return {
    ...sandbox,
    lines,
    client: (roleArn) => settings(sandbox, roleArn),
    role: (name, services, statements) => makeRole(sandbox, name, services, statements),
    stop: async () => {
      await sandbox.stop();
      rmSync(stateDirectory, { recursive: true, force: true });
    },
  };
}

function settings(sandbox: Sandbox, roleArn: string | undefined): ClientSettings {
  const credentials =
    roleArn === undefined
      ? { accessKeyId: sandbox.kernel.accountId, secretAccessKey: "test" }
      : sandbox.kernel.identities.issue(roleArn);
  return { endpoint: sandbox.url, region: "eu-west-1", credentials, maxAttempts: 1 };
}

async function makeRole(
  sandbox: Sandbox,
  name: string,
  services: readonly string[],
  statements: readonly object[],
): Promise<string> {
  const trust = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: services }, Action: "sts:AssumeRole" }],
  };
  const created = await sandbox.kernel.callAsSandbox("iam", "CreateRole", {
    RoleName: name,
    AssumeRolePolicyDocument: JSON.stringify(trust),
  });
  if (statements.length > 0)
    await sandbox.kernel.callAsSandbox("iam", "PutRolePolicy", {
      RoleName: name,
      PolicyName: "inline",
      PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: statements }),
    });
  return created.Role.Arn as string;
}
