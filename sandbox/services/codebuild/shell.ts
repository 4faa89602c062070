/** Runs a phase's commands in bash: one shell per phase, whose variables, functions and folder go on to the next. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { killGroup } from "../../kernel/children/groups.ts";
import type { Child } from "../../kernel/children/index.ts";
import type { Kernel } from "../../kernel/types.ts";

export interface CommandFailure {
  readonly command: string;
  readonly exitStatus: number;
}

export interface ShellOptions {
  /** Folder for the shell's state and scripts. */
  readonly folder: string;
  readonly sourceDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly exportedVariables: readonly string[];
  readonly log: (line: string) => void;
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

export class BuildShell {
  private readonly kernel: Kernel;
  private readonly options: ShellOptions;
  private process: Child | undefined;
  private isKilled = false;

  constructor(kernel: Kernel, options: ShellOptions) {
    this.kernel = kernel;
    this.options = options;
  }

  /** Runs commands until one fails. */
  async run(
    commands: readonly string[],
    more: Readonly<Record<string, string>>,
  ): Promise<CommandFailure | undefined> {
    if (commands.length === 0) return undefined;
    const { folder, sourceDirectory, environment } = this.options;
    const script = join(folder, "phase.sh");
    writeFileSync(script, this.script(commands, more));
    const child = await this.kernel.spawn("bash", ["--noprofile", "--norc", script], {
      name: "build",
      cwd: sourceDirectory,
      env: { ...environment, ...more },
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    });
    this.process = child;
    if (this.isKilled) this.kill();
    let marks = "";
    child.stdio[3]?.on("data", (data: Buffer) => {
      marks += data.toString();
    });
    const flushes = [child.stdout, child.stderr].map((stream) => this.forward(stream));
    const exit = await new Promise<number>((resolve) => {
      child.once("close", (code, signal) => resolve(code ?? (signal ? 137 : 1)));
    });
    for (const flush of flushes) flush();
    this.process = undefined;
    if (exit === 0) return undefined;
    const index = Number(marks.trim().split("\n").at(-1) ?? 0);
    return { command: commands[index] ?? "", exitStatus: exit };
  }

  /** Kills the running commands and whatever they started; those that are just being started, too. */
  kill(): void {
    this.isKilled = true;
    if (this.process) killGroup(this.process.pid, "SIGKILL");
  }

  /** Values of the exported variables as the last shell left them. */
  exported(): { name: string; value: string }[] {
    const path = join(this.options.folder, "exported");
    if (!existsSync(path)) return [];
    return readFileSync(path, "utf8")
      .split("\0")
      .filter((entry) => entry.includes("="))
      .map((entry) => ({
        name: entry.slice(0, entry.indexOf("=")),
        value: entry.slice(entry.indexOf("=") + 1),
      }));
  }

  private script(commands: readonly string[], more: Readonly<Record<string, string>>): string {
    const { folder, exportedVariables } = this.options;
    const state = quote(join(folder, "state"));
    const where = quote(join(folder, "cwd"));
    const names = exportedVariables.filter((name) => /^\w+$/.test(name));
    const keep = [
      "__status=$?",
      "trap - EXIT",
      `{ declare -p; declare -f; } > ${state}`,
      `pwd > ${where}`,
      `: > ${quote(join(folder, "exported"))}`,
      ...names.map((name) => `printf '%s\\0' "${name}=\${${name}-}" >> ${quote(join(folder, "exported"))}`),
      "exit $__status",
    ];
    return [
      // Read-only variables of bash itself cannot be set again; their complaints mean nothing.
      `if [ -f ${state} ]; then . ${state} 2>/dev/null; cd "$(cat ${where})"; fi`,
      ...Object.entries(more).map(([key, value]) => `export ${key}=${quote(value)}`),
      `__keep() { ${keep.join("; ")}; }`,
      "trap __keep EXIT",
      ...commands.flatMap((command, index) => [
        `echo ${index} >&3`,
        `eval ${quote(command)} 3>&-`,
        "__command_status=$?",
        "[ $__command_status -eq 0 ] || exit $__command_status",
      ]),
      "exit 0",
      "",
    ].join("\n");
  }

  private forward(stream: NodeJS.ReadableStream | null): () => void {
    let rest = "";
    stream?.on("data", (data: Buffer) => {
      const lines = (rest + data.toString()).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.options.log(line);
    });
    return () => {
      if (rest) this.options.log(rest);
      rest = "";
    };
  }
}
